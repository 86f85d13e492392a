import type { PartContext } from '../part.js';
import { openEventfold } from '../open-eventfold.js';
import { withClient } from '../server.js';

/** One of this many events registers a user. */
const EVENTS_A_USER = 200;
const EVENTS_A_CONTENT = 300;

/**
 * Fills a log of `context.log` events with those of a service: users, a catalogue, then views and ratings, of which a
 * few users and contents have most. It bypasses the append function, which would take many minutes.
 */
export async function fillLargeLog({ url, log, progress }: PartContext): Promise<void> {
  await (await openEventfold(url)).close(); // makes the tables
  progress.tell(`filling a log of ${log.toLocaleString('en')} events`);
  const [users, contents] = [EVENTS_A_USER, EVENTS_A_CONTENT].map((events) => Math.ceil(log / events));
  await withClient(url, async (client) => {
    await client.query(FILL, [log, users, contents]);
    await client.query('vacuum analyze eventfold.events');
    await client.query('checkpoint');
  });
}

/** A number from 0 to 1 that is always the same for a position. */
const draw = (seed: number) => `((hashint8extended(position, ${seed}) & 1048575) / 1048576.0::float8)`;

const FILL = `
  with numbered as (
    select position,
           case when position <= $2 then 'user.registered' when position <= $2 + $3 then 'content.catalogued'
                when ${draw(1)} < 0.87 then 'content.watched' else 'content.rated' end as type,
           case when position <= $2 then position - 1 else floor($2 * power(${draw(2)}, 2))::bigint end as user_number,
           case when position <= $2 + $3 then position - $2 - 1
                else floor($3 * power(${draw(3)}, 2))::bigint end as content_number,
           floor(100 * ${draw(4)})::integer as percent,
           timestamptz '2026-01-01' + position * interval '1 ms' as at
      from generate_series(1, $1::bigint) as position
  ), named as (
    select *, md5('user ' || user_number)::uuid as user_id, 'content-' || content_number as content_id from numbered
  ), told as (
    select *, case type when 'user.registered' then 'user-' || user_id else 'content-' || content_id end as stream,
           case type
             when 'user.registered' then jsonb_build_object('userId', user_id, 'name', 'Ada',
               'email', user_id || '@example.org', 'initialPreferences', array['drama'])
             when 'content.catalogued' then jsonb_build_object('contentId', content_id, 'title', content_id,
               'genre', 'genre ' || content_number % 20)
             when 'content.watched' then jsonb_build_object('userId', user_id, 'contentId', content_id, 'occurredAt', at,
               'watchDurationSeconds', 60 * percent, 'completionPercentage', percent, 'genre', 'genre ' || content_number % 20)
             else jsonb_build_object('userId', user_id, 'contentId', content_id, 'occurredAt', at,
               'rating', 1 + percent % 5)
           end as data
      from named
  )
  insert into eventfold.events
         (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
  select position, stream, row_number() over (partition by stream order by position),
         (lpad(to_hex(1600000000000 + position), 12, '0') || '7' || substr(md5(position::text), 1, 3)
           || '8' || substr(md5(position::text), 4, 15))::uuid,
         type, data,
         jsonb_build_object('correlationId', md5(position::text)::uuid, 'causationId', md5(position::text)::uuid,
                            'schemaVersion', 1),
         at
    from told order by position`;
