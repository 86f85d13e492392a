import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventfold } from '../support/cli.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('eventfold migrate', () => {
  let database: TestDatabase;
  const run = (schema: string, ...args: string[]) =>
    eventfold({ DATABASE_URL: database.url, DATABASE_SCHEMA: schema }, ...args);

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('says what is pending, applies it once, and then finds nothing to do', async () => {
    const before = await run('fresh', 'migrate', '--check');
    const pending = before.out.trimEnd().split('\n');
    expect(before).toMatchObject({ code: 1, err: '' });
    expect(pending.length).toBeGreaterThanOrEqual(8);
    for (const line of pending) expect(line).toMatch(/^pending {2}\w+$/);
    expect(await database.query(`select from pg_namespace where nspname = 'fresh'`)).toHaveLength(0);

    const { code, out } = await run('fresh', 'migrate');
    const done = 'The schema "fresh" is up to date.\n';
    expect({ code, out }).toEqual({ code: 0, out: before.out.replaceAll('pending', 'applied') + done });
    expect(await run('fresh', 'migrate')).toEqual({ code: 0, out: done, err: '' });
    expect(await run('fresh', 'migrate', '--check')).toEqual({ code: 0, out: done, err: '' });
    expect((await run('fresh', 'log', 'verify')).out).toBe('The log is empty.\n');
  });

  it('answers as JSON', async () => {
    const { code, out } = await run('fresh_json', 'migrate', '--check', '--json');
    const { schema, pending } = JSON.parse(out);
    expect({ code, schema }).toEqual({ code: 1, schema: 'fresh_json' });
    const applied = JSON.parse((await run('fresh_json', 'migrate', '--json')).out);
    expect(applied).toEqual({ schema: 'fresh_json', applied: pending });
  });

  it('may run many times at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => run('crowded', 'migrate', '--json')));
    expect(outcomes.map(({ code, err }) => ({ code, err }))).toEqual(
      outcomes.map(() => ({ code: 0, err: '' })),
    );
    const applied = outcomes.map(({ out }) => JSON.parse(out).applied.length).toSorted((a, b) => a - b);
    expect(applied.slice(0, 3)).toEqual([0, 0, 0]);
    expect(applied[3]).toBeGreaterThanOrEqual(8);
  });
});
