import type { Client } from 'pg';
import { timed } from './folding-program.js';
import type { FoldingProgram } from './folding-program.js';
import { foldProfile, type Profile, PROFILE_EVENTS, type ProfileEvent } from './profile-fold.js';
import { readPage } from './read-log.js';
import { copyShape } from './read-model-rows.js';

const TURN = 1_000;

/**
 * The yardstick: the least work of a set-based catch-up, written by hand for this one table. It uses plain `pg` and
 * prepared statements, and neither a framework nor event classes. Each turn is a transaction that locks the checkpoint,
 * reads the next events, fetches the rows they touch by key, folds in memory, writes the rows and advances the
 * checkpoint. Its commits do not wait for the disk, like Eventfold's.
 */
export async function profileFloor(url: string): Promise<FoldingProgram> {
  await copyShape(url, 'floor', 'user_profiles');
  const prepare = `
    truncate floor.user_profiles;
    create table if not exists floor.checkpoints (name text primary key, position bigint not null);
    insert into floor.checkpoints values ('user-profile', 0) on conflict (name) do update set position = 0;
    set synchronous_commit = off`;
  return {
    name: 'set-based by hand, 1,000 a transaction',
    rows: { user_profiles: 'table floor.user_profiles' },
    fold: (upTo) =>
      timed(url, prepare, async (client) => {
        while (await turn(client, upTo));
      }),
  };
}

/** @returns whether there may be more events */
async function turn(client: Client, upTo: number): Promise<boolean> {
  await client.query('begin');
  const after = await lockCheckpoint(client);
  const page = (await readPage(client, {
    after,
    upTo,
    types: PROFILE_EVENTS,
    limit: TURN,
  })) as ProfileEvent[];
  await upsert(client, fold(await fetchTouched(client, page), page));
  const isMore = page.length === TURN;
  await saveCheckpoint(client, isMore ? page.at(-1)!.position : upTo);
  await client.query('commit');
  return isMore;
}

function fold(profiles: Map<string, Profile>, page: readonly ProfileEvent[]): Profile[] {
  const changed = new Set<Profile>();
  for (const event of page) {
    const profile = foldProfile(profiles.get(event.data.userId), event);
    if (profile === undefined) continue;
    profiles.set(profile.user_id, profile);
    changed.add(profile);
  }
  return [...changed];
}

async function lockCheckpoint(client: Client): Promise<number> {
  const text = `select position::float8 from floor.checkpoints where name = 'user-profile' for update`;
  return (await client.query<{ position: number }>({ name: 'lock', text })).rows[0]!.position;
}

async function fetchTouched(client: Client, page: readonly ProfileEvent[]): Promise<Map<string, Profile>> {
  const { rows } = await client.query<Profile>({
    name: 'fetch',
    text: FETCH,
    values: [[...new Set(page.map(({ data }) => data.userId))]],
  });
  return new Map(rows.map((profile) => [profile.user_id, profile]));
}

async function upsert(client: Client, profiles: readonly Profile[]): Promise<void> {
  await client.query({ name: 'upsert', text: UPSERT, values: [JSON.stringify(profiles)] });
}

async function saveCheckpoint(client: Client, position: number): Promise<void> {
  const text = `update floor.checkpoints set position = $1 where name = 'user-profile'`;
  await client.query({ name: 'save', text, values: [position] });
}

const FETCH = `
  select user_id, email, name, subscription_plan, preferences, total_watch_time, favorite_genres,
         (extract(epoch from last_active) * 1000)::float8 as last_active,
         (extract(epoch from registration_date) * 1000)::float8 as registration_date, is_active
    from floor.user_profiles where user_id = any ($1::uuid[])`;

const UPSERT = `
  insert into floor.user_profiles as p
         (user_id, email, name, subscription_plan, preferences, total_watch_time, favorite_genres, last_active,
          registration_date, is_active)
  select user_id, email, name, subscription_plan, preferences, total_watch_time, favorite_genres,
         to_timestamp(last_active / 1000), to_timestamp(registration_date / 1000), is_active
    from json_to_recordset($1) as r(user_id uuid, email text, name text, subscription_plan text, preferences text[],
         total_watch_time float8, favorite_genres text[], last_active float8, registration_date float8,
         is_active boolean)
  on conflict (user_id) do update set
         email = excluded.email, name = excluded.name, subscription_plan = excluded.subscription_plan,
         preferences = excluded.preferences, total_watch_time = excluded.total_watch_time,
         favorite_genres = excluded.favorite_genres, last_active = excluded.last_active,
         registration_date = excluded.registration_date, is_active = excluded.is_active`;
