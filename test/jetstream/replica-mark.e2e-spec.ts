import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ResolvedOptions } from '../../src/event-sourcing/options.js';
import type { Statements } from '../../src/event-sourcing/postgres/database.js';
import { isPartOf } from '../../src/event-sourcing/replicas/replica-state.js';
import { selectMark } from '../../src/event-sourcing/replicas/replica-mark.sql.js';
import { jetstreamLog } from '../../src/jetstream/index.js';
import { createRemoteDatabase } from '../support/jetstream/remote-database.js';
import type { TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createRemoteDatabase();
});
afterAll(() => database.drop());

it('a database without a log has a mark, by which its replicas are compared', async () => {
  const options = new ResolvedOptions({ log: jetstreamLog({ servers: 'nats://broker:4222' }) });
  const statements: Statements = {
    query: async <Result>(sql: string, parameters?: unknown[]) =>
      (await database.query(sql, parameters)) as Result,
  };
  const mark = (positions?: number[]) => selectMark(statements, options, positions);
  const empty = await mark();
  expect(empty).toEqual({ size: 0, position: 0, event: null, events: [] });
  await database.query(
    `insert into eventfold.log_end (global_position, event_id, "timestamp") values (7, $1, now())`,
    [randomUUID()],
  );
  await database.query(`insert into eventfold.projections (name, revision) values ('tally', '1')`);
  await database.query(
    `insert into eventfold.projection_checkpoints (projection, build, partition, position)
     values ('tally', 'live', 0, 5)`,
  );
  const full = await mark([0]);
  expect(full).toEqual({ size: 12, position: 7, event: null, events: [null] });
  expect(isPartOf(full, empty, full.events[0]!)).toBe(true);
  expect(isPartOf(empty, full, null)).toBe(false);
});
