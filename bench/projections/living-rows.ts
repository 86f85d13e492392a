import { setTimeout as sleep } from 'node:timers/promises';
import { ResolvedOptions } from '../../src/event-sourcing/options.js';
import {
  checkpointsOf,
  projectionNames,
} from '../../src/event-sourcing/projection/newest-checkpoints.sql.js';
import { withClient } from '../server.js';

const LOOK_MS = 10;
const TABLES = ['user_profiles', 'content_popularity'];

/** Objects that a user added to the tables of the read models. A rebuild must keep them. */
export async function hangThingsOn(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const table of TABLES) {
      await client.query(`
        create view eventfold.${table}_report as select * from eventfold.${table};
        create policy everyone on eventfold.${table} using (true);
        create function eventfold.${table}_seen() returns trigger language plpgsql as 'begin return new; end';
        create trigger seen before insert or update on eventfold.${table}
          for each row execute function eventfold.${table}_seen();
        create publication ${table} for table eventfold.${table}`);
    }
  });
}

/** @throws Error when one of them is missing */
export async function requireThings(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ things: number }>(
      `select (select count(*) from pg_views where viewname = any ($1)) +
              (select count(*) from pg_policies where tablename = any ($2)) +
              (select count(*) from pg_trigger t join pg_class c on c.oid = tgrelid
                where tgname = 'seen' and relname = any ($2)) +
              (select count(*) from pg_publication_tables where tablename = any ($2))::float8 as things`,
      [TABLES.map((table) => `${table}_report`), TABLES],
    );
    const { things } = rows[0]!;
    if (things !== TABLES.length * 4) throw new Error(`Of what hung on the tables ${things} are left.`);
  });
}

/** Does the work while a reader of the tables holds its snapshot, as a dump does. */
export async function withHeldSnapshot<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  return withClient(url, async (client) => {
    await client.query('begin isolation level repeatable read');
    for (const table of TABLES) await client.query(`select count(*) from eventfold.${table}`);
    const result = await work();
    await client.query('commit');
    return result;
  });
}

/**
 * Does the work, and looks meanwhile how long a projection stands still.
 *
 * @returns the result, and the longest time, in ms, for which a projection did not move although the log did
 *
 * While a snapshot is held, all versions of a checkpoint stay. A look finds the newest one through the index: one that
 * reads them all would slow the commands that are measured, more and more.
 */
export async function longestStandstill<Result>(
  url: string,
  work: () => Promise<Result>,
): Promise<{ result: Result; standstillMs: number }> {
  return withClient(url, async (client) => {
    const progress = { isOver: false };
    const working = work().finally(() => (progress.isOver = true));
    working.catch(() => undefined); // told below, after the look that is under way
    const movedAt = new Map<string, { position: number; at: number }>();
    let longest = 0;
    while (!progress.isOver) {
      const { rows } = await client.query<{ share: string; position: number; head: number }>({
        name: 'progress',
        text: PROGRESS,
      });
      const now = performance.now();
      for (const { share, position, head } of rows) {
        const last = movedAt.get(share);
        if (last !== undefined && last.position === position && position < head)
          longest = Math.max(longest, now - last.at);
        else movedAt.set(share, { position, at: now });
      }
      await sleep(LOOK_MS);
    }
    return { result: await working, standstillMs: longest };
  });
}

const options = new ResolvedOptions({});
const PROGRESS = `
  select known.name || c.partition as share, c.position::float8,
         (select max(global_position) from ${options.qualified('events')})::float8 as head
    from ${projectionNames(options)}
   cross join lateral ${checkpointsOf(options, 'known.name', `'live'`)}`;
