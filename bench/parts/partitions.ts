import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { PartContext, Part } from '../part.js';
import { withProcess } from '../http/service-process.js';
import { inTurn } from '../measure.js';
import type { Figures } from '../figures.js';
import { fillLargeLog } from '../projections/large-log.js';
import { withClient } from '../server.js';

const WORK = 'a tally of views by user';
const ONE = '1 process, 1 partition';
const TWO = '2 processes, 2 partitions';
const COUNTS = [1, 2];
/** The time in which the processes see that they are paused, and sleep. */
const SETTLE_MS = 500;
const LOOK_MS = 10;

/** On a machine of two cores the server needs one of them, so a second process can add little there. */
export const partitions: Part = {
  name: 'partitions',
  about: 'catch-up of one read model in partitions, by processes side by side',
  long: true,
  run: async (context) => {
    await fillLargeLog(context);
    return withClient(context.url, async (client) => {
      for (const count of COUNTS) await createTally(client, count);
      return inTurn(
        context,
        { work: WORK, unit: 'events/s' },
        { [ONE]: () => foldIn(context, client, 1), [TWO]: () => foldIn(context, client, 2) },
      );
    });
  },
  claims: [{ work: WORK, of: TWO, against: ONE, figure: 'rate', atLeast: 1 }],
};

/** A table and a paused projection for each number of partitions, because a change of the number would rebuild. */
async function createTally(client: Client, count: number): Promise<void> {
  await client.query(
    `create table eventfold.tallies_of_${count} (user_id uuid primary key, events integer not null,
       watch_time double precision not null, last_position integer not null)`,
  );
  await client.query(
    `insert into eventfold.projections (name, revision, paused_at) values ('tally-${count}', '1', clock_timestamp())`,
  );
  await client.query(
    `insert into eventfold.projection_checkpoints (projection, build, partition)
     select 'tally-${count}', 'live', partition from generate_series(0, ${count - 1}) as partition`,
  );
}

/** As many processes as partitions. They start while the projection is paused. */
async function foldIn(context: PartContext, client: Client, count: number): Promise<Figures> {
  await client.query(`truncate eventfold.tallies_of_${count}`);
  await setPaused(client, count, true);
  await client.query(
    `update eventfold.projection_checkpoints set position = 0 where projection = 'tally-${count}'`,
  );
  const seconds = await withWorkers(context.url, count, () => timeOfCatchUp(context, client, count));
  if (count > 1) await checkSame(client, count);
  return { rate: context.log / seconds };
}

function withWorkers<Result>(
  url: string,
  count: number,
  work: () => Promise<Result>,
  started = 0,
): Promise<Result> {
  if (started === count) return work();
  const environment = { DATABASE_URL: url, PARTITIONS: String(count) };
  const script = 'bench/projections/partition-worker.js';
  return withProcess({ script, environment, ready: /Ready to fold/ }, () =>
    withWorkers(url, count, work, started + 1),
  );
}

async function timeOfCatchUp({ log, stop }: PartContext, client: Client, count: number): Promise<number> {
  await sleep(SETTLE_MS);
  const start = performance.now();
  await setPaused(client, count, false);
  await client.query('notify eventfold_appended');
  while ((await positionOf(client, count)) < log) await sleep(LOOK_MS, undefined, { signal: stop });
  return (performance.now() - start) / 1_000;
}

async function setPaused(client: Client, count: number, isPaused: boolean): Promise<void> {
  await client.query(
    `update eventfold.projections set paused_at = case when $1 then clock_timestamp() end
      where name = 'tally-${count}'`,
    [isPaused],
  );
}

async function positionOf(client: Client, count: number): Promise<number> {
  const { rows } = await client.query<{ position: number }>(
    `select min(position)::float8 as position from eventfold.projection_checkpoints
      where projection = 'tally-${count}' and build = 'live'`,
  );
  return rows[0]!.position;
}

/** @throws Error when the rows differ from those of one partition */
async function checkSame(client: Client, count: number): Promise<void> {
  const [own, one] = [`table eventfold.tallies_of_${count}`, 'table eventfold.tallies_of_1'];
  const { rows } = await client.query<{ rows: number; wrong: number }>(
    `select (select count(*)::integer from (${one}) o) as rows,
            (select count(*)::integer from ((${own} except all ${one}) union all (${one} except all ${own})) d) as wrong`,
  );
  const { rows: all, wrong } = rows[0]!;
  if (all === 0 || wrong > 0)
    throw new Error(`${count} partitions: ${wrong} rows differ from those of one, of ${all}.`);
}
