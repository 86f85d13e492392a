import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { EventStore } from '../../src/event-sourcing/index.js';
import { PreparedQueries } from '../../src/event-sourcing/postgres/prepared-queries.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

describe('prepared statements', () => {
  let service: TestService;
  let queries: PreparedQueries;
  let dataSource: DataSource;

  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off', DATABASE_POOL_SIZE: '2' });
    queries = service.app.get(PreparedQueries);
    dataSource = service.app.get(DataSource);
  });
  afterAll(() => service.stop());

  /** Two at a time: each takes one of the pool's two connections. */
  const onBoth = async <Row>(query: () => Promise<Row[]>) => (await Promise.all([query(), query()])).flat();
  const prepared = () =>
    onBoth<object>(() => dataSource.query(`select name from pg_prepared_statements, pg_sleep(0.1)`));

  it('are kept by each connection', async () => {
    await onBoth(() => queries.query('select $1::integer as number, pg_sleep(0.1)', [1]));
    expect(await prepared()).toHaveLength(2);
  });

  it('are given up when the server does not know one, as behind a pooler; the statement is done all the same', async () => {
    await onBoth(() => dataSource.query('deallocate all'));
    const again = await onBoth(() => queries.query('select $1::integer as number, pg_sleep(0.1)', [2]));
    expect(again).toMatchObject([{ number: 2 }, { number: 2 }]);
    const store = service.app.get(EventStore);
    await store.appendToStream('stream', 'no-stream', [{ type: 'test.noted', data: {} }]);
    expect(await store.head()).toBe(1);
    expect(await prepared()).toEqual([]);
  });

  it('that fail keep their connection', async () => {
    const pids = () =>
      onBoth<{ pid: number }>(() => dataSource.query('select pg_backend_pid() as pid, pg_sleep(0.1)'));
    const before = await pids();
    await expect(queries.query('select 1 / $1::integer', [0])).rejects.toThrow('division by zero');
    expect(new Set((await pids()).map(({ pid }) => pid))).toEqual(new Set(before.map(({ pid }) => pid)));
  });
});
