import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  addTransactionalDataSource,
  deleteDataSourceByName,
  initializeTransactionalContext,
  Propagation,
  runInTransaction,
  StorageDriver,
} from 'typeorm-transactional';
import {
  AppendInsideTransactionError,
  ConcurrencyError,
  EventStore,
} from '../../src/event-sourcing/index.js';
import { startTestApplication } from '../../src/testing/index.js';
import { gate } from '../support/gate.js';
import { keepTypeOrm } from '../support/hosts/kept-typeorm.js';
import { readLog } from '../support/log/plain-fold.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { gapsOf } from '../support/log/stubborn-load.js';

const ROUNDS = 150;
/** Appends of others, while a transaction is open. */
const APPENDS = 4;

class RolledBack extends Error {}

/** `typeorm-transactional` binds the managers of a data source to the transaction of the async context. */
describe('in an application whose transactions are bound to the async context', () => {
  let restoreTypeOrm: () => void;
  let database: TestDatabase;
  let app: INestApplicationContext;
  let store: EventStore;

  beforeAll(async () => {
    restoreTypeOrm = keepTypeOrm();
    initializeTransactionalContext({ storageDriver: StorageDriver.ASYNC_LOCAL_STORAGE });
    database = await createTestDatabase();
    app = await startTestApplication(database.url, {});
    addTransactionalDataSource(app.get(DataSource));
    store = app.get(EventStore);
  });
  afterAll(async () => {
    await app.close();
    deleteDataSourceByName('default');
    restoreTypeOrm();
    await database.drop();
  });

  const event = () => ({ type: 'noted', data: {} });

  it('an append that was answered is in the log, though the transaction of its caller, or of another, is rolled back', async () => {
    const answered: { streamId: string; position: number }[] = [];
    const append = async (streamId: string, expected: number | 'any') => {
      const { position } = await store.appendToStream(streamId, expected, [event()]);
      answered.push({ streamId, position });
    };
    await append('taken', 'any');
    const expectConflict = async () => {
      await expect(append('taken', 0)).rejects.toThrow(ConcurrencyError); // checked append by append
    };
    for (let round = 0; round < ROUNDS; round++) {
      const isOpen = gate();
      const transaction = runInTransaction(async () => {
        isOpen.open();
        // Sent at once. The appends that others bring meanwhile leave when this one returns, in the context of this
        // call.
        await append(`rolled-back-${round}`, 'any');
        await others;
        throw new RolledBack();
      });
      const others = isOpen
        .wait()
        .then(() =>
          Promise.all([
            expectConflict(),
            ...Array.from({ length: APPENDS }, (_, nth) => append(`other-${round}-${nth}`, 'any')),
          ]),
        );
      await expect(transaction).rejects.toThrow(RolledBack);
    }
    const log = await readLog(database);
    const stored = new Map(log.map(({ position, streamId }) => [position, streamId]));
    expect(answered).toHaveLength(1 + ROUNDS * (APPENDS + 1));
    expect(answered.filter(({ position, streamId }) => stored.get(position) !== streamId)).toEqual([]);
    expect(gapsOf(log)).toEqual([]);
  });

  it('events that are given its manager are rolled back with it', async () => {
    const dataSource = app.get(DataSource);
    const transaction = runInTransaction(async () => {
      await store.appendToStream('given', 'no-stream', [event()], { manager: dataSource.manager });
      throw new RolledBack();
    });
    await expect(transaction).rejects.toThrow(RolledBack);
    expect(await store.readStream('given')).toEqual([]);
  });

  it('events that wait for its commit are appended by it, or not at all', async () => {
    const dataSource = app.get(DataSource);
    const handIn = (streamId: string, expected: number | 'no-stream') =>
      store.appendToStream(streamId, expected, [event()], { manager: dataSource.manager, at: 'commit' });
    const nested = (thenFail: boolean) =>
      runInTransaction(
        async () => {
          await handIn(thenFail ? 'undone' : 'nested', 'no-stream');
          if (thenFail) throw new RolledBack();
        },
        { propagation: Propagation.NESTED },
      );
    const pending = await runInTransaction(async () => {
      await nested(false);
      await expect(nested(true)).rejects.toThrow(RolledBack);
      return handIn('waited', 'no-stream');
    });
    expect(pending.result).toMatchObject({ version: 1, position: expect.any(Number) });
    await expect(runInTransaction(() => handIn('waited', 0))).rejects.toThrow(ConcurrencyError);
    const lengths = await Promise.all(
      ['nested', 'undone', 'waited'].map(async (streamId) => (await store.readStream(streamId)).length),
    );
    expect(lengths).toEqual([1, 0, 1]);
  });

  it('an append that was not given the manager of its transaction is refused where it would wait for it', async () => {
    const { manager } = app.get(DataSource);
    const deep = async () => {
      await Promise.resolve();
      await store.appendToStream('deep', 'any', [event()], { manager: app.get(DataSource).manager });
    };
    const transaction = runInTransaction(async () => {
      await deep();
      await store.appendToStream('outside', 'any', [event()]);
    });
    await expect(transaction).rejects.toThrow(AppendInsideTransactionError);
    expect(await store.readStream('deep', {}, manager)).toEqual([]);
  });
});
