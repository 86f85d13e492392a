import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createAppendFunction } from './1763800000001-event-log.js';
import { quotedSchema } from './schema.js';

/**
 * The common case of an append, made short. `append_events` judges each append of a batch, which takes two lookups an
 * event and window functions over the batch. But nearly always there is nothing to judge: streams are where the
 * appends expect them, and every id is new. `append_together` tries just that, and leaves the rest to the unique
 * constraints. Measured on one connection, commit included: 32 events in 2.0 instead of 2.8 ms, one event in 0.55
 * instead of 0.78 ms (a prepared INSERT: 0.40 ms).
 *
 * And idempotency keys: a call may be made under a key, which is then taken with its events, in one transaction.
 */
export class AppendTogether1763800000005 implements MigrationInterface {
  name = 'AppendTogether1763800000005';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(createKeys(schema));
    await queryRunner.query(createAppendTogether(schema));
    await queryRunner.query(`drop function ${schema}.append_events(jsonb)`);
    await queryRunner.query(createAppendEvents(schema));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`drop function ${schema}.append_events(jsonb, jsonb)`);
    await queryRunner.query(`drop function ${schema}.append_together(jsonb, jsonb)`);
    await queryRunner.query(`drop table ${schema}.idempotency_keys`);
    await queryRunner.query(createAppendFunction(schema));
  }
}

/**
 * A key is taken by a call that appended `event_ids`, when the log ended at `head` (an event up to there was a
 * duplicate), or by one that appended nothing and was answered with `answer`. `kept` is what the answer to a repeat
 * needs besides the places of the events.
 */
const createKeys = (schema: string) => `
  create table ${schema}.idempotency_keys (
    key text not null constraint idempotency_keys_pkey primary key,
    fingerprint text not null,
    event_ids uuid[],
    head bigint,
    kept jsonb,
    answer jsonb,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint idempotency_keys_outcome_check check ((event_ids is null) <> (answer is null))
  );
  create index idempotency_keys_recorded_at on ${schema}.idempotency_keys (recorded_at)`;

/** As in the first version: from here to its end, this transaction alone writes to the log. */
const takeLock = (schema: string) =>
  `perform pg_advisory_xact_lock(hashtextextended('eventfold.append:' || '${schema.replaceAll("'", "''")}', 0));`;

/** The head is read in a new statement, and so in a new snapshot. */
const lockAndReadHead = (schema: string) => `${takeLock(schema)}
    select e.global_position, e."timestamp" into head, recorded_at
      from ${schema}.events e order by e.global_position desc limit 1;
    head := coalesce(head, 0);
    -- Time never runs backwards along the log, whatever the clock of the machine does.
    recorded_at := greatest(recorded_at, date_trunc('milliseconds', clock_timestamp()));
`;

/**
 * Appends the whole batch, or fails with `unique_violation` and appends nothing: then an append is in conflict or a
 * repeat, and `append_events` can say which. `nth` counts the batch's events of a stream, from 1.
 *
 * What comes back is an array: the position before the first, the time of recording in ms since 1970, and the versions,
 * unless they are simply `expected` + nth. (Columns would go through a function scan, which costs 0.04 ms of 0.33.)
 *
 * An expected version needs its event to be there, and the unique constraint sees to it that no other follows it. An
 * append that expects no number has the last version looked up. A single event, the most frequent batch of all, has a
 * statement of its own, which leaves out what only a set needs.
 *
 * It does not notify: NOTIFY makes every commit of the server that notifies wait for every other, disk included.
 */
const createAppendTogether = (schema: string) => `
  create function ${schema}.append_together(batch jsonb, keys jsonb default null) returns bigint[]
  language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_bitmapscan = off
  as $$
  #variable_conflict use_column
  declare
    sent constant integer := jsonb_array_length(batch);
    event constant jsonb := batch -> 0;
    expected constant integer := event ->> 'expected';
    version integer;
    head bigint;
    recorded_at timestamptz;
    versions integer[];
    appended integer;
  begin
    if sent = 1 then
      ${takeLock(schema)}
      if expected <> 0 then
        select e.stream_version into version
          from ${schema}.events e where e.stream_id = event ->> 'stream_id' order by e.stream_version desc limit 1;
      end if;
      insert into ${schema}.events
             (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
      select coalesce(last.global_position, 0) + 1, event ->> 'stream_id', coalesce(version, 0) + 1,
             (event ->> 'event_id')::uuid, event ->> 'event_type', event -> 'event_data', event -> 'metadata',
             greatest(last."timestamp", date_trunc('milliseconds', clock_timestamp()))
        from (select) one
             left join lateral (select e.global_position, e."timestamp" from ${schema}.events e
                                 order by e.global_position desc limit 1) last on true
       where case expected when 0 then true when -2 then true when -1 then version > 0 else version = expected end
      returning global_position - 1, "timestamp", array[stream_version] into head, recorded_at, versions;
      get diagnostics appended = row_count;
    else
      ${lockAndReadHead(schema)}
      insert into ${schema}.events
             (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
      select head + ordinal, i.stream_id, case when expected >= 0 then expected else coalesce(version, 0) end + nth,
             i.event_id, i.event_type, i.event_data, i.metadata, recorded_at
        from rows from (jsonb_to_recordset(batch) as (stream_id text, expected integer, nth integer, event_id uuid,
                        event_type text, event_data jsonb, metadata jsonb)) with ordinality
             as i(stream_id, expected, nth, event_id, event_type, event_data, metadata, ordinal)
             left join ${schema}.events before
                    on before.stream_id = i.stream_id and before.stream_version = expected
             left join lateral (select e.stream_version as version from ${schema}.events e
                                 where e.stream_id = i.stream_id and expected < 0
                                 order by e.stream_version desc limit 1) stream on true
       where case expected when 0 then true when -2 then true when -1 then version > 0
                           else before.stream_id is not null end;
      get diagnostics appended = row_count;
      if jsonb_path_exists(batch, '$[*] ? (@.expected < 0)') then
        select array_agg(e.stream_version order by e.global_position) into versions
          from ${schema}.events e where e.global_position > head;
      end if;
    end if;

    if appended < sent then
      raise exception 'a stream is not at the expected version' using errcode = 'unique_violation';
    end if;

    if keys is not null then
      insert into ${schema}.idempotency_keys (key, fingerprint, event_ids, head, kept)
      select key, fingerprint, event_ids, head, kept
        from jsonb_to_recordset(keys) as k(key text, fingerprint text, event_ids uuid[], kept jsonb);
    end if;

    return array[head, (extract(epoch from recorded_at) * 1000)::bigint] || versions::bigint[];
  end $$`;

/**
 * As in the first version, for the cases that `append_together` leaves: one row comes back for each event, in order,
 * with the verdict on its append. New is the verdict `repeated`: the key of the call is taken, and nothing of the call
 * was appended. A call is the appends from `first_append` to `last_append` of `keys`; it takes its key unless one of
 * them is in conflict or only in part a duplicate.
 */
const createAppendEvents = (schema: string) => `
  create function ${schema}.append_events(batch jsonb, keys jsonb default null)
  returns table (append integer, verdict text, stream_id text, event_id uuid,
                 stream_version integer, global_position bigint, "timestamp" timestamptz)
  language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_bitmapscan = off
  as $$
  #variable_conflict use_column
  declare
    head bigint := 0;
    recorded_at timestamptz := '-infinity';
  begin
    ${lockAndReadHead(schema)}

    return query
    with incoming as (
      select i.*, known.global_position as known_position, known.stream_version as known_version,
             known."timestamp" as known_timestamp, coalesce(stream.version, 0) as current_version
        from rows from (jsonb_to_recordset(batch) as (append integer, stream_id text, expected integer, event_id uuid,
                        event_type text, event_data jsonb, metadata jsonb)) with ordinality
             as i(append, stream_id, expected, event_id, event_type, event_data, metadata, ordinal)
        left join lateral (select e.global_position, e.stream_version, e."timestamp" from ${schema}.events e
                            where e.event_id = i.event_id) known on true
        left join lateral (select e.stream_version as version from ${schema}.events e
                            where e.stream_id = i.stream_id order by e.stream_version desc limit 1) stream on true
    ), calls as (
      select call.*, exists (select from ${schema}.idempotency_keys taken where taken.key = call.key) as is_repeated
        from jsonb_to_recordset(keys) as call(key text, fingerprint text, event_ids uuid[], kept jsonb,
                                              first_append integer, last_append integer)
    ), judged as (
      select incoming.*, case
          when exists (select from calls where is_repeated and append between first_append and last_append)
            then 'repeated'
          when bool_or(known_position is not null) over of_append then 'duplicate'
          when bool_or(case expected when -2 then false when -1 then current_version = 0
                                     else current_version <> expected end) over of_append then 'conflict'
          else 'appended' end as verdict
        from incoming
      window of_append as (partition by append)
    ), placed as (
      select judged.*,
             head + count(*) filter (where verdict = 'appended') over in_log as new_position,
             current_version + (count(*) filter (where verdict = 'appended') over in_stream)::integer as new_version
        from judged
      window in_log as (order by ordinal), in_stream as (partition by stream_id order by ordinal)
    ), inserted as (
      insert into ${schema}.events
             (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
      select new_position, stream_id, new_version, event_id, event_type, event_data, metadata, recorded_at
        from placed where verdict = 'appended'
    ), taken as (
      insert into ${schema}.idempotency_keys (key, fingerprint, event_ids, head, kept)
      select key, fingerprint, event_ids, head, kept from calls
       where not exists (select from judged where append between first_append and last_append
                            and (verdict in ('repeated', 'conflict') or (verdict = 'duplicate' and known_position is null)))
    )
    select append, verdict, stream_id, event_id,
           case verdict when 'appended' then new_version when 'duplicate' then known_version else current_version end,
           case verdict when 'appended' then new_position when 'duplicate' then known_position end,
           case verdict when 'appended' then recorded_at when 'duplicate' then known_timestamp end
      from placed order by ordinal;

    perform pg_notify('${schema.replaceAll("'", "''").replaceAll('"', '')}_appended', '');
  end $$`;
