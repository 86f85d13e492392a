import type { Client } from 'pg';
import { withClient } from '../server.js';

/** The columns of each table, in a form in which rows can be compared. */
const COLUMNS: Readonly<Record<string, string>> = {
  user_profiles: `user_id, email, name, subscription_plan, preferences, total_watch_time, favorite_genres, last_active,
                  registration_date, is_active`,
  // The last digits of a logarithm depend on the program that computed it.
  content_popularity: `content_id, title, genre, catalogued, total_views, total_watch_time, completion_sum,
                       unique_viewers, rating_sum, rating_count, round(trending::numeric, 6), last_updated`,
  content_viewers: 'content_id, user_id, viewed, rating, rated_at',
};

export const READ_MODEL_TABLES = Object.keys(COLUMNS);

/** Keeps Eventfold's rows for the comparison with others. */
export async function keepExpected(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('create schema expected');
    for (const table of READ_MODEL_TABLES) {
      await client.query(`create table expected.${table} as table eventfold.${table}`);
    }
  });
}

/** @throws Error when rows are missing, are too many, or differ: such a contender has not done the work */
export async function checkRows(
  url: string,
  { name, rows = {} }: { name: string; rows?: Readonly<Record<string, string>> },
): Promise<void> {
  await withClient(url, async (client) => {
    for (const [table, select] of Object.entries(rows)) {
      const [expected, own] = await differences(client, table, select);
      if (expected + own === 0) continue;
      throw new Error(
        `${name}: ${own} rows of ${table} are not what Eventfold has, which has ${expected} others in their place.`,
      );
    }
  });
}

async function differences(client: Client, table: string, select: string): Promise<[number, number]> {
  const expected = `select ${COLUMNS[table]} from expected.${table}`;
  const own = `select ${COLUMNS[table]} from (${select}) as own`;
  const { rows } = await client.query<{ expected: number; own: number }>(
    `select (select count(*) from (${expected} except all ${own}) as e)::integer as expected,
            (select count(*) from (${own} except all ${expected}) as o)::integer as own`,
  );
  return [rows[0]!.expected, rows[0]!.own];
}

/** Makes a table in another schema like the read model's own, with its constraints, indexes and free space in pages. */
export async function copyShape(url: string, schema: string, table: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`create schema if not exists ${schema}`);
    await client.query(`create table ${schema}.${table} (like eventfold.${table} including all)`);
    // "including all" omits only this.
    const { rows } = await client.query<{ options: string | null }>(
      `select array_to_string(reloptions, ', ') as options from pg_class where oid = $1::regclass`,
      [`eventfold.${table}`],
    );
    if (rows[0]!.options) await client.query(`alter table ${schema}.${table} set (${rows[0]!.options})`);
  });
}
