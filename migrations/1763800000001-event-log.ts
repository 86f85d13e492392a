import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * The event log: one table, and the one function that writes to it.
 *
 * Positions are contiguous and in commit order by construction. `append_events` takes an advisory lock that is held
 * to the end of the transaction, and only then, in a new statement and so with a new snapshot, reads the head of the
 * log. A rollback leaves no gap, and a reader needs nothing but `where global_position > $1`. A sequence would hand
 * out numbers at INSERT that become visible at COMMIT: a reader that has seen 101 would miss 100 for ever.
 */
export class EventLog1763800000001 implements MigrationInterface {
  name = 'EventLog1763800000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(createTable(schema));
    await queryRunner.query(refuseChanges(schema));
    await queryRunner.query(createAppendFunction(schema));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`drop function ${schema}.append_events(jsonb)`);
    await queryRunner.query(`drop table ${schema}.events`);
    await queryRunner.query(`drop function ${schema}.refuse_change_of_events()`);
  }
}

const createTable = (schema: string) => `
  create table ${schema}.events (
    global_position bigint not null constraint events_pkey primary key,
    stream_id text not null,
    stream_version integer not null,
    event_id uuid not null constraint events_event_id_key unique,
    event_type text not null,
    event_data jsonb not null,
    metadata jsonb not null,
    "timestamp" timestamptz not null,
    constraint events_stream_id_stream_version_key unique (stream_id, stream_version),
    constraint events_global_position_check check (global_position > 0),
    constraint events_stream_version_check check (stream_version > 0)
  )`;

const refuseChanges = (schema: string) => `
  create function ${schema}.refuse_change_of_events() returns trigger language plpgsql as $$
  begin
    raise exception 'the event log is append-only: % is refused', tg_op
      using errcode = 'restrict_violation', hint = 'Record what changed as a new event.';
  end $$;
  create trigger events_are_facts before update or delete or truncate on ${schema}.events
    for each statement execute function ${schema}.refuse_change_of_events()`;

/**
 * `batch` is an array of events in the order in which they shall be appended:
 * `{ append, stream_id, expected, event_id, event_type, event_data, metadata }`. Events with the same `append` number
 * are one unit: all are appended or none is. `expected` is the version the stream must have: a number (0: no stream
 * yet), -1: the stream exists, -2: any.
 *
 * One row comes back for each event, in order. Verdict `appended` and `duplicate` carry the event's version and
 * position (of the first time), `conflict` carries the version the stream really has. An append is a duplicate when
 * all its events are in the log already; a `null` position in a duplicate marks an event that is not.
 *
 * Appends of one batch do not see each other, so two of them may share a stream only when both expect any version,
 * and no two may share an event id. The unique constraints hold the line if a caller gets that wrong.
 *
 * The planner settings make every lookup an index probe. Without them a plan that was cached while the table was
 * small would go on scanning it when it has grown.
 */
export const createAppendFunction = (schema: string) => `
  create function ${schema}.append_events(batch jsonb)
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
    perform pg_advisory_xact_lock(hashtextextended('eventfold.append:' || '${schema.replaceAll("'", "''")}', 0));

    select e.global_position, e."timestamp" into head, recorded_at
      from ${schema}.events e order by e.global_position desc limit 1;
    head := coalesce(head, 0);
    -- Time never runs backwards along the log, whatever the clock of the machine does.
    recorded_at := greatest(recorded_at, date_trunc('milliseconds', clock_timestamp()));

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
    ), judged as (
      select incoming.*, case
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
    )
    select append, verdict, stream_id, event_id,
           case verdict when 'appended' then new_version when 'duplicate' then known_version else current_version end,
           case verdict when 'appended' then new_position when 'duplicate' then known_position end,
           case verdict when 'appended' then recorded_at when 'duplicate' then known_timestamp end
      from placed order by ordinal;

    perform pg_notify('${schema.replaceAll("'", "''").replaceAll('"', '')}_appended', '');
  end $$`;
