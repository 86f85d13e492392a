import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { ClsPluginTransactional, Transactional, TransactionHost } from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { ClsModule } from 'nestjs-cls';
import { DataSource } from 'typeorm';
import {
  ConcurrencyError,
  DomainEvent,
  EventStore,
  Projection,
  ProjectionProgress,
} from '../../src/event-sourcing/index.js';
import { gate } from '../support/gate.js';
import { readLog } from '../support/log/plain-fold.js';
import { gapsOf } from '../support/log/stubborn-load.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startUsualHost } from '../support/hosts/usual-host.js';

const ROUNDS = 50;
/** Appends of others, while a transaction is open. */
const APPENDS = 4;

class RolledBack extends Error {}

class Noted extends DomainEvent<'noted'> {
  static readonly type = 'noted';
  readonly type = Noted.type;
}

@Projection({ name: 'notes', revision: 1, rows: [], key: () => 'all' })
@EventsHandler(Noted)
class Notes {
  handle(): void {}
}

/** A service whose methods are transactions, which `@nestjs-cls/transactional` keeps in the async context. */
@Injectable()
class Desk {
  constructor(
    private readonly store: EventStore,
    private readonly host: TransactionHost<TransactionalAdapterTypeOrm>,
  ) {}

  @Transactional()
  async rollBack(streamId: string, meanwhile: () => Promise<unknown>): Promise<void> {
    const others = meanwhile();
    await this.store.appendToStream(streamId, 'any', [new Noted({})]);
    await others;
    throw new RolledBack();
  }

  @Transactional()
  async appendAtCommit(streamId: string, work: () => Promise<unknown>) {
    const options = { manager: this.host.tx, at: 'commit' } as const;
    const pending = await this.store.appendToStream(streamId, 'no-stream', [new Noted({})], options);
    await work();
    return pending;
  }

  @Transactional()
  async append(streamId: string, thenFail: boolean): Promise<void> {
    await this.store.appendToStream(streamId, 'no-stream', [new Noted({})], { manager: this.host.tx });
    if (thenFail) throw new RolledBack();
  }
}

describe('in an application with @nestjs-cls/transactional', () => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let store: EventStore;
  let desk: Desk;

  beforeAll(async () => {
    database = await createTestDatabase();
    const transactional = new ClsPluginTransactional({
      adapter: new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource }),
    });
    app = await startUsualHost(database, {
      imports: [ClsModule.forRoot({ global: true, plugins: [transactional] })],
      providers: [Desk, Notes],
    });
    store = app.get(EventStore);
    desk = app.get(Desk);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('an append that was answered is in the log, though the transaction of its caller, or of another, is rolled back', async () => {
    const answered: { streamId: string; position: number }[] = [];
    const append = async (streamId: string, expected: number | 'any') => {
      const { position } = await store.appendToStream(streamId, expected, [new Noted({})]);
      answered.push({ streamId, position });
    };
    await append('taken', 'any');
    for (let round = 0; round < ROUNDS; round++) {
      const isOpen = gate();
      const others = isOpen
        .wait()
        .then(() =>
          Promise.all([
            expect(append('taken', 0)).rejects.toThrow(ConcurrencyError),
            ...Array.from({ length: APPENDS }, (_, nth) => append(`other-${round}-${nth}`, 'any')),
          ]),
        );
      const transaction = desk.rollBack(`rolled-back-${round}`, () => {
        isOpen.open();
        return others;
      });
      await expect(transaction).rejects.toThrow(RolledBack);
    }
    const log = await readLog(database);
    const stored = new Map(log.map(({ position, streamId }) => [position, streamId]));
    expect(answered).toHaveLength(1 + ROUNDS * APPENDS);
    expect(answered.filter(({ position, streamId }) => stored.get(position) !== streamId)).toEqual([]);
    expect(gapsOf(log)).toEqual([]);
    await app.get(ProjectionProgress).waitFor('notes', log.length);
  });

  it('events that wait for its commit let others append, and are appended or refused by it', async () => {
    const others = () => store.appendToStream('meanwhile', 'any', [new Noted({})]);
    const pending = await desk.appendAtCommit('waited', others);
    const [meanwhile] = await store.readStream('meanwhile');
    expect(pending.result).toMatchObject({ version: 1, position: meanwhile!.position + 1 });
    await expect(desk.appendAtCommit('waited', others)).rejects.toThrow(ConcurrencyError);
    expect(await store.readStream('waited')).toHaveLength(1);
  });

  it('events that are given its manager commit, and are rolled back, with it', async () => {
    await desk.append('kept', false);
    await expect(desk.append('lost', true)).rejects.toThrow(RolledBack);
    expect(await store.readStream('kept')).toHaveLength(1);
    expect(await store.readStream('lost')).toEqual([]);
  });
});
