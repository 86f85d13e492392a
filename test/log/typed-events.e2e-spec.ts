/** Events of some types, in a log whose planner knows nothing of it yet. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type EntityManager } from 'typeorm';
import { readTypes } from '../../src/event-sourcing/log/typed-events.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const EVENTS = 100_000;
const WINDOW = 20_000;
const RARE = [1, WINDOW, WINDOW + 1, 3 * WINDOW, EVENTS - 1, EVENTS];

describe('a read of the log by types', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    await database.query('alter table eventfold.events set (autovacuum_enabled = false)');
    await dataSource.query(
      `insert into eventfold.events
         (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
       select n, 'note-' || n, 1, gen_random_uuid(), case when n = any($2::int[]) then 'test.rare' else 'test.common' end,
              '{}', '{"correlationId": "a", "causationId": "a", "schemaVersion": 1}', clock_timestamp()
         from generate_series(1, $1::int) n`,
      [EVENTS, RARE],
    );
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const positionsOf = async (manager: EntityManager, type: string, after: number, maxCount: number) =>
    (await readTypes(manager, 'eventfold.events', { after, types: [type], maxCount })).map(
      ({ position }) => position,
    );

  it('reads a window of the log for the first page, and not the rest of the log', async () => {
    await dataSource.transaction(async (manager) => {
      expect(await positionsOf(manager, 'test.common', 1, 3)).toEqual([2, 3, 4]);
      const [read] = await manager.query(
        `select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer as tuples
           from pg_stat_xact_user_tables where schemaname = 'eventfold' and relname = 'events'`,
      );
      expect(read.tuples).toBeGreaterThan(0);
      expect(read.tuples).toBeLessThanOrEqual(WINDOW + 100);
    });
  });

  it('finds a rare type at the edges of the windows, page by page', async () => {
    const { manager } = dataSource;
    expect(await positionsOf(manager, 'test.rare', 0, 100)).toEqual(RARE);
    expect(await positionsOf(manager, 'test.rare', WINDOW, 100)).toEqual(RARE.slice(2));
    expect(await positionsOf(manager, 'test.rare', 1, 2)).toEqual(RARE.slice(1, 3));
    expect(await positionsOf(manager, 'test.rare', 0, 0)).toEqual([]);
    expect(await positionsOf(manager, 'test.rare', EVENTS, 5)).toEqual([]);
    expect(await positionsOf(manager, 'test.unknown', 0, 5)).toEqual([]);
  });
});
