import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { FlakyLine } from '../support/servers/flaky-line.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';

const TIMEOUT_MS = 300;
/** The time of a few statements on a busy machine, each with the grace period of the server. */
const BOUND_MS = 4 * (TIMEOUT_MS + 1_000);

describe(`a service whose statements may take ${TIMEOUT_MS} ms`, () => {
  let database: TestDatabase;
  let line: FlakyLine;
  let service: Awaited<ReturnType<typeof startOn>>;
  let api: Api;
  beforeEach(async () => {
    database = await createTestDatabase();
    line = await FlakyLine.to(database.url);
    service = await startOn(line.url, {
      DATABASE_QUERY_TIMEOUT_MS: String(TIMEOUT_MS),
      PROJECTIONS: 'off',
    });
    api = new Api(service.url);
  });
  afterEach(async () => {
    line.unmute();
    await service.stop();
    await line.close();
    await database.drop();
  });

  const register = () => {
    const userId = randomUUID();
    return api.post('/users', { userId, email: `${userId}@example.org`, name: 'Ada' });
  };
  const readUser = () => api.get(`/users/${randomUUID()}`);
  const waiting = () =>
    database.query(
      `select query from pg_stat_activity
        where datname = current_database() and application_name = 'eventfold' and wait_event_type = 'Lock'`,
    );

  async function expectUnavailable(request: () => ReturnType<Api['get']>): Promise<void> {
    const start = performance.now();
    const { status, body, headers } = await request();
    expect({ status, type: body.type }).toEqual({ status: 503, type: 'database-unavailable' });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    const took = performance.now() - start;
    expect(took).toBeGreaterThanOrEqual(TIMEOUT_MS * 0.9);
    expect(took).toBeLessThan(BOUND_MS);
  }

  it('answers 503 while somebody holds the lock they need, leaves no session waiting, and goes on after', async () => {
    const other = new Client({ connectionString: database.url, application_name: 'somebody else' });
    await other.connect();
    try {
      await other.query('begin');
      await other.query('lock table eventfold.events in access exclusive mode');
      const first = expectUnavailable(register);
      await eventually(async () => expect(await waiting()).not.toEqual([]));
      await first;
      await expectUnavailable(readUser);
      await eventually(async () => expect(await waiting()).toEqual([]));
      await other.query('rollback');
    } finally {
      await other.end();
    }
    expect(await register()).toMatchObject({ status: 201 });
    expect(await readUser()).toMatchObject({ status: 404 });
  });

  it('answers 503 when its database falls silent, and goes on when it speaks again', async () => {
    expect(await register()).toMatchObject({ status: 201 });
    line.mute();
    await expectUnavailable(readUser);
    line.unmute();
    await eventually(async () => expect(await register()).toMatchObject({ status: 201 }));
    expect(await readUser()).toMatchObject({ status: 404 });
  });

  it('gives transactions the time that they take, and a statement after them no less than its own', async () => {
    const dataSource = service.app.get(DataSource);
    const sleep = `select pg_sleep(${(2 * TIMEOUT_MS) / 1_000})`;
    await expect(dataSource.transaction((manager) => manager.query(sleep))).resolves.toHaveLength(1);
    await expect(dataSource.query(sleep)).rejects.toMatchObject({ driverError: { code: '57014' } });
    for (let count = 0; count < 20; count++) await dataSource.query('select 1');
  });
});
