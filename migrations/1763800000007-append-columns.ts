import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * `append_together` takes a batch as columns, one array each, instead of one JSON array of all. A JSON array is parsed
 * as a whole, and then each event is copied out of it: measured on 32 events, 0.23 ms against 0.13, of 1.0 in all. And
 * it looks up the version of a stream only where an append expects one: for a new stream the unique constraint knows.
 *
 * The function with two parameters stays for instances of the build before, beside which this one may run.
 */
export class AppendColumns1763800000007 implements MigrationInterface {
  name = 'AppendColumns1763800000007';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(createAppendOne(schema));
    await queryRunner.query(createAppendTogether(schema));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`drop function ${schema}.append_together(${TOGETHER_ARGUMENTS})`);
    await queryRunner.query(`drop function ${schema}.append_one(${ONE_ARGUMENTS})`);
  }
}

const ONE_ARGUMENTS = 'text, integer, uuid, text, jsonb, jsonb, jsonb';
const TOGETHER_ARGUMENTS = 'text[], integer[], integer[], uuid[], text[], text, text, jsonb';

/** As before: from here to its end, this transaction alone writes to the log. */
const takeLock = (schema: string) =>
  `perform pg_advisory_xact_lock(hashtextextended('eventfold.append:' || '${schema.replaceAll("'", "''")}', 0));`;

const takeKeys = (schema: string) => `
    if keys is not null then
      insert into ${schema}.idempotency_keys (key, fingerprint, event_ids, head, kept)
      select key, fingerprint, event_ids, head, kept
        from jsonb_to_recordset(keys) as k(key text, fingerprint text, event_ids uuid[], kept jsonb);
    end if;`;

const REFUSE = `raise exception 'a stream is not at the expected version' using errcode = 'unique_violation';`;

/** The planner settings are there for the reason given at `append_events`. */
const PLANNER =
  'set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_bitmapscan = off';

/**
 * Appends a single event, the most frequent batch of all, without what only a set needs. What comes back, and what
 * becomes of an append that something is in the way of, is as for `append_together`.
 */
const createAppendOne = (schema: string) => `
  create function ${schema}.append_one(stream text, expected integer, id uuid, type text, data jsonb, meta jsonb,
                                       keys jsonb default null)
  returns bigint[]
  language plpgsql
  ${PLANNER}
  as $$
  #variable_conflict use_column
  declare
    version integer;
    head bigint;
    recorded_at timestamptz;
  begin
    ${takeLock(schema)}
    if expected <> 0 then
      select e.stream_version into version
        from ${schema}.events e where e.stream_id = stream order by e.stream_version desc limit 1;
    end if;
    insert into ${schema}.events
           (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
    select coalesce(last.global_position, 0) + 1, stream, coalesce(version, 0) + 1, id, type, data, meta,
           greatest(last."timestamp", date_trunc('milliseconds', clock_timestamp()))
      from (select) one
           left join lateral (select e.global_position, e."timestamp" from ${schema}.events e
                               order by e.global_position desc limit 1) last on true
     where case expected when 0 then true when -2 then true when -1 then version > 0 else version = expected end
    returning global_position - 1, "timestamp", stream_version into head, recorded_at, version;
    if head is null then
      ${REFUSE}
    end if;
${takeKeys(schema)}

    return array[head, (extract(epoch from recorded_at) * 1000)::bigint, version];
  end $$`;

/**
 * Appends the whole batch, or fails with `unique_violation` and appends nothing: then an append is in conflict or a
 * repeat, and `append_events` can say which. `nth` counts the batch's events of a stream, from 1. `data` and `metadata`
 * are JSON texts, one a line: JSON needs no line breaks, and so no array syntax has to be escaped around it.
 *
 * What comes back is an array: the position before the first, the time of recording in ms since 1970, and the versions,
 * unless they are simply `expected` + nth. (Columns would go through a function scan, which costs 0.04 ms of 0.33.)
 *
 * The last version of a stream is looked up unless the stream must not exist yet, which is left to the unique
 * constraint. It does not notify: NOTIFY makes every commit of the server that notifies wait for every other, disk
 * included.
 */
const createAppendTogether = (schema: string) => `
  create function ${schema}.append_together(streams text[], expected integer[], nth integer[], ids uuid[],
                                            types text[], data text, metadata text, keys jsonb default null)
  returns bigint[]
  language plpgsql
  ${PLANNER}
  as $$
  #variable_conflict use_column
  declare
    head bigint := 0;
    recorded_at timestamptz := '-infinity';
    versions integer[];
    appended integer;
  begin
    ${takeLock(schema)}
    -- The head is read in a new statement, and so in a new snapshot.
    select e.global_position, e."timestamp" into head, recorded_at
      from ${schema}.events e order by e.global_position desc limit 1;
    head := coalesce(head, 0);
    -- Time never runs backwards along the log, whatever the clock of the machine does.
    recorded_at := greatest(recorded_at, date_trunc('milliseconds', clock_timestamp()));

    insert into ${schema}.events
           (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
    select head + ordinal, i.stream_id, case when i.expected >= 0 then i.expected else coalesce(version, 0) end + i.nth,
           i.event_id, i.event_type, i.event_data::jsonb, i.metadata::jsonb, recorded_at
      from unnest(streams, expected, nth, ids, types,
                  string_to_array(data, e'\\n'), string_to_array(metadata, e'\\n')) with ordinality
           as i(stream_id, expected, nth, event_id, event_type, event_data, metadata, ordinal)
           left join lateral (select e.stream_version as version from ${schema}.events e
                               where e.stream_id = i.stream_id and i.expected <> 0
                               order by e.stream_version desc limit 1) stream on true
     where case i.expected when 0 then true when -2 then true when -1 then version > 0 else version = i.expected end;
    get diagnostics appended = row_count;
    if appended < cardinality(streams) then
      ${REFUSE}
    end if;
    if 0 > any (expected) then
      select array_agg(e.stream_version order by e.global_position) into versions
        from ${schema}.events e where e.global_position > head;
    end if;
${takeKeys(schema)}

    return array[head, (extract(epoch from recorded_at) * 1000)::bigint] || versions::bigint[];
  end $$`;
