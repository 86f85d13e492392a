import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { PartContext } from '../part.js';
import { withClient } from '../server.js';

export const EVENTS_A_USER = 10;
const CHUNK = 100_000;

/** A log of users, in a schema that is migrated and holds nothing else. */
export interface LogOfUsers {
  schema: string;
  events: number;
  /** The registration and changes of preferences. Default: ten events. */
  eventsAUser?: number;
}

/**
 * Writes the events and the profiles of all users but those of the last `unfolded` events. It bypasses the append
 * function, which would take many minutes. The result is the same.
 */
export async function fillLogOfUsers(
  { url, stop, progress }: PartContext,
  log: LogOfUsers,
  unfolded: number,
): Promise<void> {
  const { schema, events, eventsAUser = EVENTS_A_USER } = log;
  await withClient(url, async (client) => {
    for (let from = 1; from <= events; from += CHUNK) {
      stop.throwIfAborted();
      progress.tell(`filling ${events.toLocaleString('en')} events: ${(from - 1).toLocaleString('en')}`);
      const upTo = Math.min(from + CHUNK - 1, events);
      await client.query(eventsOf(schema), [from, upTo, eventsAUser]);
      const [first, end] = [from - 1, Math.min(upTo, events - unfolded)].map((event) => usersIn(log, event));
      await client.query(profilesOf(schema), [first, end, eventsAUser]);
    }
    await client.query(`vacuum analyze ${schema}.events, ${schema}.user_profiles`);
    await client.query('checkpoint'); // none in the middle of a round
  });
}

/** Takes the profiles of these last events away, and has the projection stand before them, paused. */
export async function forgetProfiles(client: Client, log: LogOfUsers, unfolded: number): Promise<void> {
  const { schema, events } = log;
  await client.query(`update ${schema}.projections set paused_at = clock_timestamp()`);
  await client.query(
    `update ${schema}.projection_checkpoints set position = $1 where projection = 'user-profile'`,
    [events - unfolded],
  );
  await client.query(
    `delete from ${schema}.user_profiles
      where user_id = any (select ${USER_ID} from generate_series($1::bigint, $2::bigint) as users(number))`,
    [usersIn(log, events - unfolded), usersIn(log, events) - 1],
  );
}

/** The stream of a user, by its number from 0 on. */
export function streamOf(user: number): string {
  const hex = createHash('md5').update(String(user)).digest('hex');
  return `user-${hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`;
}

const usersIn = ({ eventsAUser = EVENTS_A_USER }: LogOfUsers, events: number) =>
  Math.ceil(events / eventsAUser);

const USER_ID = `md5(number::text)::uuid`;

/** Streams in random order, and event ids in the order of time (UUID version 7), as the store makes them. */
const eventsOf = (schema: string) => `
  insert into ${schema}.events
         (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
  select position, 'user-' || ${USER_ID}, version,
         (lpad(to_hex(1600000000000 + position), 12, '0') || '7' || substr(md5(position::text), 1, 3)
           || '8' || substr(md5(position::text), 4, 15))::uuid,
         case version when 1 then 'user.registered' else 'user.preferences_updated' end,
         case version
           when 1 then jsonb_build_object('userId', ${USER_ID}, 'email', ${USER_ID} || '@example.org', 'name', 'Ada',
                                          'initialPreferences', array['drama'])
           else jsonb_build_object('userId', ${USER_ID}, 'oldPreferences', array['genre-' || version - 1],
                                   'newPreferences', array['genre-' || version]) end,
         jsonb_build_object('correlationId', md5(position::text)::uuid, 'causationId', md5(position::text)::uuid,
                            'schemaVersion', 1),
         timestamptz '2026-01-01' + position * interval '1 ms'
    from generate_series($1::bigint, $2::bigint) as series(position),
         lateral (select (position - 1) / $3::bigint as number, (position - 1) % $3::bigint + 1 as version) of`;

const profilesOf = (schema: string) => `
  insert into ${schema}.user_profiles
         (user_id, email, name, subscription_plan, preferences, total_watch_time, favorite_genres, last_active,
          registration_date, is_active)
  select ${USER_ID}, ${USER_ID} || '@example.org', 'Ada', 'free',
         array[case $3::integer when 1 then 'drama' else 'genre-' || $3 end], 0, array['drama'],
         at, at, true
    from generate_series($1::bigint, $2::bigint - 1) as users(number),
         lateral (select timestamptz '2026-01-01' + number * interval '10 ms' as at) of`;
