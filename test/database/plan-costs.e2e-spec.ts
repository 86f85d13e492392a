import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ResolvedOptions } from '../../src/event-sourcing/options.js';
import type { Statements } from '../../src/event-sourcing/postgres/database.js';
import type { Share } from '../../src/event-sourcing/projection/declare/share.js';
import { selectKeyState } from '../../src/event-sourcing/projection/explain/key-state.sql.js';
import { selectProjections } from '../../src/event-sourcing/projection/operate/status.sql.js';
import { selectRemaining } from '../../src/event-sourcing/projection/rebuild/rebuild.sql.js';
import { selectPlan } from '../../src/event-sourcing/projection/run/plan.sql.js';
import { lockCheckpoint, selectProgress } from '../../src/event-sourcing/projection/turn/checkpoint.sql.js';
import { selectMark } from '../../src/event-sourcing/replicas/replica-mark.sql.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** `jit_above_cost` of PostgreSQL: a dearer plan is compiled at each execution, which takes 100 ms and more. */
const COMPILED_FROM = 100_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const options = new ResolvedOptions({});
const share = { folding: { name: 'tally' }, build: 'live', partition: 0 } as Share;

/** The statements that all processes send again and again, by what sends them. */
const LOOKS: Record<string, (statements: Statements) => Promise<unknown>> = {
  selectProjections: (statements) => selectProjections(statements, options),
  selectMark: (statements) => selectMark(statements, options),
  selectPlan: (statements) => selectPlan(statements, options, 'tally'),
  selectProgress: (statements) => selectProgress(statements, options, 'tally'),
  selectRemaining: (statements) => selectRemaining(statements, options, 'tally'),
  selectKeyState: (statements) => selectKeyState(statements, options, 'tally', 'ada'),
  lockCheckpoint: (statements) => lockCheckpoint(statements, options, share, 'skip'),
};

// A server analyzes no table that has changed in less than 50 rows: the planner takes such a table for a larger one.
it.each(Object.keys(LOOKS))(
  '%s has a plan that no server compiles, on tables without statistics',
  async (look) => {
    const costs: number[] = [];
    const explaining: Statements = {
      query: async <Result>(sql: string, parameters?: unknown[]) => {
        const [row] = await database.query<{ 'QUERY PLAN': [{ Plan: { 'Total Cost': number } }] }>(
          `explain (format json) ${sql}`,
          parameters,
        );
        costs.push(row!['QUERY PLAN'][0].Plan['Total Cost']);
        return [{}] as Result;
      },
    };
    await LOOKS[look]!(explaining).catch(() => undefined); // the plan is no row of the kind that is read
    expect(costs).not.toEqual([]);
    expect(Math.max(...costs)).toBeLessThan(COMPILED_FROM);
  },
);
