/** Three processes fire the timers of one store, and are killed with SIGKILL again and again while they do. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { scaled } from '../support/scale.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const TIMERS = scaled(6_000, 60_000);
/** The kills, by the part of the timers that have fired. */
const KILLED_AFTER = scaled([0.1, 0.3, 0.6], [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]);

let database: TestDatabase;
let services: ServiceProcess[];

beforeEach(async () => {
  database = await createTestDatabase();
  services = [];
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.end('SIGKILL')));
  await database.drop();
});

const start = async () => {
  const service = await startServiceProcess({ DATABASE_URL: database.url });
  services.push(service);
};

const count = async (table: string) =>
  (await database.query<{ count: number }>(`select count(*)::integer from eventfold.${table}`))[0]!.count;

it('each timer becomes one event, in the order of being due', async () => {
  await database.query(
    `insert into eventfold.timers (id, due_at, stream_id, event_type, event_data, metadata)
     select gen_random_uuid(), timestamptz '2020-01-01' + n * interval '1 ms', 'order-' || n % 100, 'order.overdue',
            jsonb_build_object('n', n), '{"correlationId": "c", "causationId": "c", "schemaVersion": 1}'
       from generate_series(0, $1::integer - 1) n order by random()`,
    [TIMERS],
  );
  await database.query('create table ids as select id from eventfold.timers');
  await Promise.all([start(), start(), start()]);
  for (const part of KILLED_AFTER) {
    await eventually(async () => expect(await count('events')).toBeGreaterThanOrEqual(part * TIMERS));
    await services.shift()!.end('SIGKILL');
    await start();
  }
  await eventually(async () => expect(await count('timers')).toBe(0));
  expect(await count('events')).toBe(TIMERS);
  const [{ inOrder, missing }] = (await database.query(
    `select (select bool_and((event_data ->> 'n')::integer = global_position - 1) from eventfold.events) as "inOrder",
            (select count(*)::integer from ids left join eventfold.events on event_id = id
              where event_id is null) as missing`,
  )) as [{ inOrder: boolean; missing: number }];
  expect({ inOrder, missing }).toEqual({ inOrder: true, missing: 0 });
}, 150_000);
