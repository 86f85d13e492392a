/** A log of before personal fields were encrypted: it works as it is, and is sealed once. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { eventfold } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { type StartedService, startOn } from '../support/http/test-service.js';
import { Api } from '../support/http/api.js';
import { placesOf } from '../support/log/places-of.js';
import { startCli } from '../support/processes/cli-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const USERS = 1_200;
const userId = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const address = (n: number) => `ann.${n}@example.org`;
const digest = (n: number) => `email-${createHash('sha256').update(address(n)).digest('hex')}`;

let database: TestDatabase;
let service: StartedService | undefined;
const api = () => new Api(service!.url);

beforeEach(async () => {
  database = await createTestDatabase();
  await database.query('delete from eventfold.log_seals');
  await database.query(
    `insert into eventfold.events
       (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
     select n, stream, 1, gen_random_uuid(), type, data,
            '{"correlationId":"c","causationId":"c","schemaVersion":1}', '2026-01-01T00:00:00Z'
       from (select 2 * u - k as n, u, k from generate_series(1, $1::int) u, generate_series(0, 1) k) as each
      cross join lateral (select '00000000-0000-4000-8000-' || lpad(u::text, 12, '0') as id,
                                 'ann.' || u || '@example.org' as email) as of_user
      cross join lateral (select case k when 1 then 'email-' || encode(sha256(convert_to(email, 'UTF8')), 'hex')
                                        else 'user-' || id end as stream,
                                 case k when 1 then 'user.email_reserved' else 'user.registered' end as type,
                                 case k when 1 then jsonb_build_object('userId', id)
                                        else jsonb_build_object('userId', id, 'email', email, 'name', 'Ann No. ' || u,
                                                                'initialPreferences', '["drama"]'::jsonb) end as data) as event
      order by n`,
    [USERS],
  );
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  await database.drop();
});

const start = async () => (service = await startOn(database.url));
const stop = async () => {
  await service!.stop();
  service = undefined;
};
const register = (email: string) => api().post('/users', { email, name: 'Another' });

const places = () =>
  database.query(
    `select global_position, stream_version, event_id, event_type, metadata, "timestamp" from eventfold.events
      order by 1`,
  );
const profiles = () => database.query('select * from eventfold.user_profiles order by user_id');
const plainEvents = async () =>
  (
    await database.query<{ count: number }>(
      `select count(*)::int as count from eventfold.events where event_data ->> 'email' like 'ann.%'`,
    )
  )[0]!.count;

async function folded() {
  await eventually(async () => expect(await profiles()).toHaveLength(USERS));
  return profiles();
}

const cli = (...args: string[]) => eventfold({ DATABASE_URL: database.url }, ...args);

describe('a log with plain personal fields', () => {
  it('is read as it is, and its addresses stay taken', async () => {
    await start();
    expect((await api().get(`/users/${userId(7)}`)).body).toMatchObject({
      email: address(7),
      name: 'Ann No. 7',
    });
    expect(await register(address(7).toUpperCase())).toMatchObject({
      status: 409,
      body: { type: 'user.email-taken' },
    });
    expect((await register('new@example.org')).status).toBe(201);
    expect(await register('New@example.org')).toMatchObject({
      status: 409,
      body: { type: 'user.email-taken' },
    });
  });

  it('is sealed in spite of a kill in the middle: what was made of it is the same, and it is sound', async () => {
    await start();
    const [before, rows] = [await places(), await folded()];
    const user = (await api().get(`/users/${userId(7)}`)).body;
    await stop();
    expect((await cli('log', 'verify')).code).toBe(0);

    await database.query(`
      create function public.stand_still() returns trigger language plpgsql as $$
      begin
        if new.position > 1500 then perform pg_sleep(600); end if;
        return new;
      end $$`);
    await database.query(
      `create trigger stand_still before update on eventfold.log_seals for each row execute function public.stand_still()`,
    );
    const killed = startCli({ DATABASE_URL: database.url }, 'privacy', 'seal');
    await eventually(async () => {
      const asleep = await database.query(
        `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
      );
      expect(asleep).toHaveLength(1);
    });
    killed.child.kill('SIGKILL');
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
    );
    await database.query('drop trigger stand_still on eventfold.log_seals');
    const left = await plainEvents();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(USERS);

    const sealed = await cli('privacy', 'seal', '--json');
    expect(JSON.parse(sealed.out)).toEqual({ position: 2 * USERS, upTo: 2 * USERS, events: USERS });
    expect(await plainEvents()).toBe(0);
    expect(await places()).toEqual(before);
    expect((await cli('log', 'verify')).code).toBe(0);
    expect(
      await database.query(
        "select actor <> '' as told, done_at is not null as done from eventfold.log_seals",
      ),
    ).toEqual([{ told: true, done: true }]);

    await start();
    expect((await api().get(`/users/${userId(7)}`)).body).toEqual(user);
    await api().post('/projections/user-profile/rebuild');
    await eventually(async () => {
      const { body } = await api().get('/projections/user-profile/rebuilds');
      expect(body.items).toMatchObject([{ outcome: 'exchanged' }]);
    });
    expect(await profiles()).toEqual(rows);
    // The tables of the rebuild go a little later.
    await eventually(async () => expect(await placesOf(database, digest(7))).toEqual([]));
    expect(await placesOf(database, address(7))).toEqual(['user_profiles.email']);
    expect(await register(address(7))).toMatchObject({ status: 409, body: { type: 'user.email-taken' } });
  });
});

describe('the door for a seal', () => {
  const inOne = (...statements: string[]) =>
    database.query(`do $do$ begin ${statements.join('; ')}; end $do$`);

  it('is shut for a setting alone', async () => {
    await inOne(`perform eventfold.open_events_for_sealing('me')`);
    await expect(
      inOne(
        `perform set_config('eventfold.sealing', (select max(id)::text from eventfold.log_seals), true)`,
        `update eventfold.events set event_data = '{}'`,
      ),
    ).rejects.toThrow('the event log is append-only: UPDATE is refused');
  });

  it('lets data through, and nothing else of an event', async () => {
    const open = `perform eventfold.open_events_for_sealing('me')`;
    await expect(inOne(open, `update eventfold.events set event_type = 'other'`)).rejects.toThrow(
      'a seal changes the data of events alone',
    );
    await expect(inOne(open, 'delete from eventfold.events')).rejects.toThrow('DELETE is refused');
    await inOne(open, `update eventfold.events set event_data = event_data where global_position = 1`);
    await expect(inOne(`update eventfold.events set event_data = '{}'`)).rejects.toThrow('UPDATE is refused');
  });
});
