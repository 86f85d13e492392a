import { setTimeout as sleep } from 'node:timers/promises';
import { ProjectionOperations } from '../../src/event-sourcing/index.js';
import { EXAMPLE_USER } from '../../src/api/example-user.js';
import type { Measurement } from '../figures.js';
import { peakMemory } from '../http/process-memory.js';
import { withService } from '../http/service-process.js';
import { openEventfold } from '../open-eventfold.js';
import type { Part, PartContext } from '../part.js';
import { withClient } from '../server.js';

const EVENTS = 8_000;
const KILOBYTES = 256;
const WORK = `backlog of ${EVENTS.toLocaleString('en')} events of ${KILOBYTES} kB`;
const SERVICE = 'service, from its start until all are folded';
const LOOK_MS = 200;

/** The memory of a service that finds a backlog of large events: it reads pages by bytes, not by a number of events. */
export const backlog: Part = {
  name: 'backlog',
  about: 'memory of a service that folds a backlog of large events',
  long: true,
  run: async (context) => {
    await fill(context);
    return foldAll(context);
  },
  claims: [{ work: WORK, of: SERVICE, figure: 'memory', atMost: 600 }],
};

async function fill({ url, progress }: PartContext): Promise<void> {
  await (await openEventfold(url)).close(); // makes the tables
  progress.tell(`${WORK}: filling the log`);
  await withClient(url, async (client) => {
    await client.query(FILL, [EVENTS, KILOBYTES, EXAMPLE_USER.id]);
    await client.query('vacuum analyze eventfold.events');
  });
}

async function foldAll({ url, progress, stop }: PartContext): Promise<Measurement[]> {
  const operator = await openEventfold(url);
  try {
    progress.tell(`${WORK}: folding`);
    const start = performance.now();
    return await withService('src/main.js', { DATABASE_URL: url, PROJECTIONS: 'on' }, async (_, pid) => {
      const operations = operator.get(ProjectionOperations);
      const isBehind = async () => (await operations.list()).some(({ position }) => position < EVENTS);
      while (await isBehind()) await sleep(LOOK_MS, undefined, { signal: stop });
      const rate = (EVENTS * 1_000) / (performance.now() - start);
      const memory = await peakMemory(pid);
      const figures = { rate, ...(memory !== undefined && { memory }) };
      return [{ work: WORK, contender: SERVICE, unit: 'events/s', rounds: [figures] }];
    });
  } finally {
    await operator.close();
  }
}

const FILL = `
  insert into eventfold.events
         (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
  select position, 'user-' || $3, position, gen_random_uuid(),
         case when position = 1 then 'user.registered' else 'user.preferences_updated' end,
         case when position = 1
           then jsonb_build_object('userId', $3, 'email', 'ada@example.org', 'name', 'Ada',
                                   'initialPreferences', jsonb_build_array('drama'))
           else jsonb_build_object('userId', $3, 'newPreferences', jsonb_build_array('genre ' || position),
                                   'oldPreferences', jsonb_build_array(repeat(md5(position::text), 32 * $2::integer)))
         end,
         jsonb_build_object('correlationId', $3, 'causationId', $3, 'schemaVersion', 1), now()
    from generate_series(1, $1::bigint) as position`;
