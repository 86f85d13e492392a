/** What a reaction appends through its turn is in the log exactly once. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AggregateRoot,
  CurrentTurn,
  EventSourcedRepository,
  EventSourcingModule,
  type Evolve,
  Projection,
  type ReactionOptions,
} from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import {
  CONFIRM,
  Confirmed,
  Ordered,
  type React,
  type ReactingHost,
  startReactingHost,
} from '../support/hosts/reacting-host.js';
import { scaled } from '../support/scale.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** What is confirmed of an order. */
class Confirmations extends AggregateRoot<{ last: number }, Confirmed> {
  static readonly stream = 'confirmations';
  static readonly events = [Confirmed];

  protected readonly initialState = { last: 0 };

  confirm(n: number): void {
    if (n !== this.state.last + 1) throw new Error(`${n} after ${this.state.last}`);
    this.raise(new Confirmed({ order: this.id, n }));
  }

  protected readonly evolve: Evolve<{ last: number }, Confirmed> = {
    'test.confirmed': (_, { data }) => ({ last: data.n }),
  };
}

@Injectable()
class ConfirmationsRepository extends EventSourcedRepository<Confirmations> {
  protected readonly aggregateClass = Confirmations;
}

let database: TestDatabase;
let hosts: ReactingHost[];
const processes: ChildProcess[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  hosts = [];
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map(kill));
  for (const host of hosts) await host.stop();
  await database.drop();
});

async function start(react: React, options: Omit<Parameters<typeof startReactingHost>[1], 'react'> = {}) {
  const host = await startReactingHost(database, { ...options, react });
  hosts.push(host);
  return host;
}

const HELD: NonNullable<ReactionOptions['holds']>[] = ['transaction', 'lease'];

describe.each(HELD)('a reaction that holds its %s', (holds) => {
  const reaction = { holds };
  const confirm: React = ({ data: { order, n } }, turn) =>
    turn.appendToStream(`confirmed-${order}`, 'any', [new Confirmed({ order, n })]);

  it('appends with the cause and the correlation of its event, in the turn that moves the checkpoint', async () => {
    const host = await start(confirm, { reaction });
    const position = await host.order('a', 1);
    await host.reacted(position);
    const [order] = await host.store.readStream('order-a');
    expect(await host.store.readStream('confirmed-a')).toMatchObject([
      {
        data: { order: 'a', n: 1 },
        metadata: { causationId: order!.eventId, correlationId: order!.metadata.correlationId },
      },
    ]);
  });

  it('leaves nothing of a handler that throws afterwards, and appends once when it is called again', async () => {
    let calls = 0;
    const host = await start(
      async (event, turn) => {
        await confirm(event, turn);
        if (++calls < 3) throw new Error('not yet');
      },
      { reaction },
    );
    await host.reacted(await host.order('a'));
    expect(calls).toBe(3);
    expect(await host.store.readStream('confirmed-a')).toHaveLength(1);
  });

  it('is called again when another append came first, more often than an event may fail', async () => {
    let calls = 0;
    const host = await start(
      async ({ data: { order, n } }, turn) => {
        const { store } = hosts[0]!;
        const version = (await store.readStream('race')).length;
        const event = new Confirmed({ order, n });
        if (++calls <= 5) await store.appendToStream('race', 'any', [new Confirmed({ order: 'faster', n })]);
        await turn.appendToStream('race', version, [event]);
      },
      { reaction },
    );
    await host.reacted(await host.order('a'));
    expect(
      (await host.store.readStream('race')).map(({ data }) => (data as { order: string }).order),
    ).toEqual([...Array<string>(5).fill('faster'), 'a']);
  });

  it('updates an aggregate in its turn', async () => {
    let calls = 0;
    const host = await start(
      async ({ data: { order, n } }, turn) => {
        const repository = hosts[0]!.app.get(ConfirmationsRepository);
        await repository.update(order, (one) => one.confirm(n), { turn });
        if (++calls === 2) throw new Error('rolled back');
      },
      {
        reaction,
        providers: [ConfirmationsRepository],
        imports: [EventSourcingModule.forFeature({ events: [Confirmed] })],
      },
    );
    await host.store.appendToStream('confirmations-a', 'no-stream', [new Confirmed({ order: 'a', n: 0 })]);
    await host.order('a', 1);
    await host.reacted(await host.order('a', 2));
    expect(calls).toBe(3);
    const stored = await host.store.readStream('confirmations-a');
    expect(stored.map(({ data }) => (data as { n: number }).n)).toEqual([0, 1, 2]);
  });

  it('waits for the disk when it has appended', async () => {
    await database.query('create table eventfold.seen (setting text)');
    await database.query(`
      create function eventfold.note_setting() returns trigger language plpgsql as $$
      begin
        insert into eventfold.seen values (current_setting('synchronous_commit'));
        return null;
      end $$`);
    await database.query(`
      create constraint trigger note_setting after insert on eventfold.events deferrable initially deferred
        for each row when (new.event_type = 'test.confirmed') execute function eventfold.note_setting()`);
    const host = await start(confirm, { reaction });
    await host.reacted(await host.order('a'));
    expect(await database.query('select setting from eventfold.seen')).toEqual([{ setting: 'on' }]);
  });

  it('appends once for each event, in order, however often its process is killed', async () => {
    const count = scaled(60, 600);
    const writer = await start(() => undefined, { eventSourcing: { projections: false } });
    await writer.store.appendEach(
      Array.from({ length: count }, (_, n) => ({
        streamId: `tally-${n % 3}`,
        event: { type: 'tally.ticked', schemaVersion: 1, data: { tally: `${n}` } } as never,
      })),
    );
    const receipts = () => writer.store.readStream('receipts', { maxCount: 1_000 });
    for (let kills = 0; kills < scaled(4, 20); kills++) {
      const child = startProcess({ holds, ...(holds === 'lease' && { lease: '1s' }) });
      await Promise.race([once(child, 'message'), sleep(10_000)]); // none comes when all are handled
      await sleep(Math.random() * 150);
      await kill(child);
    }
    startProcess({ holds, ...(holds === 'lease' && { lease: '1s' }) });
    await eventually(async () => expect(await receipts()).toHaveLength(count));
    const ticks = await writer.store.readAll({ types: ['tally.ticked'], maxCount: 1_000 });
    expect((await receipts()).map(({ data }) => (data as { of: string }).of)).toEqual(
      ticks.map(({ eventId }) => eventId),
    );
  });
});

it('a projection appends nothing through its turn: a rebuild would append it once more', async () => {
  const errors: Error[] = [];
  @Injectable()
  @Projection({ name: 'appending', revision: 1, rows: [], key: 'order' })
  @EventsHandler(Ordered)
  class Appending {
    constructor(private readonly turn: CurrentTurn) {}

    async handle({ data: { order, n } }: Ordered): Promise<void> {
      await this.turn
        .appendToStream('none', 'any', [new Confirmed({ order, n })])
        .catch((error: Error) => errors.push(error));
    }
  }
  const host = await start(() => undefined, { providers: [Appending] });
  await host.order('a');
  await eventually(() => expect(errors).toMatchObject([{ code: 'turn-misused' }]));
  expect(await host.store.readStream('none')).toEqual([]);
  expect(await host.operations.parked(CONFIRM)).toEqual([]);
});

function startProcess(reaction: Partial<ReactionOptions>): ChildProcess {
  const script = join(import.meta.dirname, '../support/processes/receipt-process.mjs');
  const child = spawn(process.execPath, [script, JSON.stringify({ url: database.url, reaction })], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  processes.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
