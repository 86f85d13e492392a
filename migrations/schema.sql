-- The schema as all migrations leave it, to read. Nothing runs this file: the migrations beside it make the schema.
-- `npm run schema` writes it, and test/database/schema.e2e-spec.ts fails where it is not what they make.

create schema eventfold;

-- tables

create table eventfold.content_popularity (
  content_id text not null,
  title text,
  genre text,
  catalogued boolean not null,
  total_views integer not null,
  total_watch_time double precision not null,
  completion_sum double precision not null,
  unique_viewers integer not null,
  rating_sum double precision not null,
  rating_count integer not null,
  trending double precision not null,
  last_updated timestamp with time zone not null,
  constraint content_popularity_pkey PRIMARY KEY (content_id)
);

create table eventfold.content_viewers (
  content_id text not null,
  user_id uuid not null,
  viewed boolean not null,
  rating double precision,
  rated_at timestamp with time zone,
  constraint content_viewers_pkey PRIMARY KEY (content_id, user_id)
);

create table eventfold.erasure_steps (
  erasure_id uuid not null,
  place text not null,
  found bigint not null,
  done text not null,
  at timestamp with time zone not null default clock_timestamp(),
  constraint erasure_steps_erasure_fkey FOREIGN KEY (erasure_id) REFERENCES eventfold.erasures(id),
  constraint erasure_steps_pkey PRIMARY KEY (erasure_id, place)
);

create table eventfold.erasures (
  number bigint not null generated always as identity,
  id uuid not null,
  subject text not null,
  requested_by text,
  reason text,
  requested_at timestamp with time zone not null,
  "position" bigint not null,
  streams text[] not null default '{}'::text[],
  done_at timestamp with time zone,
  lifted_at timestamp with time zone,
  lifted_by text,
  constraint erasures_number_key UNIQUE (number),
  constraint erasures_pkey PRIMARY KEY (id)
);

create table eventfold.events (
  global_position bigint not null,
  stream_id text not null,
  stream_version integer not null,
  event_id uuid not null,
  event_type text not null,
  event_data jsonb not null,
  metadata jsonb not null,
  "timestamp" timestamp with time zone not null,
  constraint events_event_id_key UNIQUE (event_id),
  constraint events_global_position_check CHECK ((global_position > 0)),
  constraint events_pkey PRIMARY KEY (global_position),
  constraint events_stream_id_stream_version_key UNIQUE (stream_id, stream_version),
  constraint events_stream_version_check CHECK ((stream_version > 0))
);

create table eventfold.idempotency_keys (
  key text not null,
  fingerprint text not null,
  event_ids uuid[],
  head bigint,
  kept jsonb,
  answer jsonb,
  recorded_at timestamp with time zone not null default clock_timestamp(),
  constraint idempotency_keys_outcome_check CHECK (((event_ids IS NULL) <> (answer IS NULL))),
  constraint idempotency_keys_pkey PRIMARY KEY (key)
);

create table eventfold.log_seals (
  id bigint not null generated always as identity,
  actor text not null,
  started_at timestamp with time zone not null default clock_timestamp(),
  upto bigint not null,
  "position" bigint not null default 0,
  events bigint not null default 0,
  seen_at timestamp with time zone not null default clock_timestamp(),
  done_at timestamp with time zone,
  constraint log_seals_pkey PRIMARY KEY (id)
);

create table eventfold.master_keys (
  number integer not null,
  check_value bytea not null,
  kept bytea,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint master_keys_pkey PRIMARY KEY (number)
);

create table eventfold.migrations (
  id integer not null default nextval('eventfold.migrations_id_seq'::regclass),
  "timestamp" bigint not null,
  name character varying not null,
  constraint "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY (id)
);

create table eventfold.operations (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default clock_timestamp(),
  actor text,
  act text not null,
  parameters jsonb not null,
  outcome text not null,
  detail text,
  constraint operations_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'refused'::text, 'failed'::text]))),
  constraint operations_pkey PRIMARY KEY (id)
);

create table eventfold.parked_keys (
  projection text not null,
  build text not null,
  partition integer not null,
  key text not null,
  "position" bigint not null,
  event_id uuid not null,
  event_type text not null,
  error text not null,
  attempts integer not null,
  parked_at timestamp with time zone not null default clock_timestamp(),
  tried_at timestamp with time zone not null default clock_timestamp(),
  lease_token uuid,
  lease_until timestamp with time zone,
  retry_at timestamp with time zone,
  retry_until timestamp with time zone,
  failures jsonb not null default '[]'::jsonb,
  constraint parked_keys_pkey PRIMARY KEY (projection, build, key)
);

create table eventfold.process_commands (
  id uuid not null,
  process text not null,
  key text not null,
  step integer not null,
  number integer not null,
  command text not null,
  data jsonb not null,
  message jsonb not null,
  state text not null default 'waiting'::text,
  created_at timestamp with time zone not null default clock_timestamp(),
  next_attempt_at timestamp with time zone not null default clock_timestamp(),
  attempts integer not null default 0,
  failing_since timestamp with time zone,
  error text,
  leased_by uuid,
  leased_until timestamp with time zone,
  constraint process_commands_pkey PRIMARY KEY (id),
  constraint process_commands_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'failed'::text])))
);

create table eventfold.process_instances (
  process text not null,
  key text not null,
  state text not null,
  step integer not null,
  last_step uuid not null,
  started_at timestamp with time zone not null default clock_timestamp(),
  last_step_at timestamp with time zone not null default clock_timestamp(),
  constraint process_instances_pkey PRIMARY KEY (process, key),
  constraint process_instances_state_check CHECK ((state = ANY (ARRAY['running'::text, 'ended'::text])))
);

create table eventfold.processes (
  id uuid not null,
  name text not null,
  build text not null,
  started_at timestamp with time zone not null,
  seen_at timestamp with time zone not null default clock_timestamp(),
  erasures_seen bigint,
  constraint processes_pkey PRIMARY KEY (id)
);

create table eventfold.projection_checkpoints (
  projection text not null,
  build text not null,
  partition integer not null,
  "position" bigint not null default 0,
  rate double precision not null default 0,
  updated_at timestamp with time zone not null default clock_timestamp(),
  lease_token uuid,
  lease_until timestamp with time zone,
  constraint projection_checkpoints_build_check CHECK ((build = ANY (ARRAY['live'::text, 'rebuild'::text]))),
  constraint projection_checkpoints_pkey PRIMARY KEY (projection, build, partition)
);

create table eventfold.projection_rebuild_history (
  id bigint not null generated always as identity,
  projection text not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone not null default clock_timestamp(),
  revision text,
  reason text,
  hold boolean not null,
  outcome text not null,
  requested_by text,
  report jsonb,
  constraint projection_rebuild_history_outcome_check CHECK ((outcome = ANY (ARRAY['exchanged'::text, 'cancelled'::text, 'outdated'::text]))),
  constraint projection_rebuild_history_pkey PRIMARY KEY (id)
);

create table eventfold.projection_rebuilds (
  projection text not null,
  revision text,
  partitions integer,
  hold boolean not null,
  state text not null default 'folding'::text,
  report jsonb,
  started_at timestamp with time zone not null default clock_timestamp(),
  reason text,
  constraint projection_rebuilds_pkey PRIMARY KEY (projection),
  constraint projection_rebuilds_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'folding'::text, 'held'::text, 'released'::text])))
);

create table eventfold.projection_workers (
  worker uuid not null,
  projection text not null,
  status text not null,
  failure text,
  seen_at timestamp with time zone not null default clock_timestamp(),
  revision text,
  rebuild_status text,
  rebuild_failure text,
  constraint projection_workers_pkey PRIMARY KEY (worker, projection)
);

create table eventfold.projections (
  name text not null,
  revision text not null,
  paused_at timestamp with time zone,
  last_rebuild jsonb,
  has_own_sql boolean not null default false,
  constraint projections_pkey PRIMARY KEY (name)
);

create table eventfold.skipped_events (
  projection text not null,
  build text not null,
  key text not null,
  "position" bigint not null,
  event_id uuid not null,
  error text not null,
  skipped_at timestamp with time zone not null default clock_timestamp(),
  constraint skipped_events_pkey PRIMARY KEY (projection, build, key, "position")
);

create table eventfold.snapshots (
  stream_id text not null,
  stream_version integer not null,
  event_id uuid not null,
  revision integer not null,
  state json not null,
  taken_at timestamp with time zone not null,
  constraint snapshots_pkey PRIMARY KEY (stream_id)
);

create table eventfold.subject_keys (
  key_id uuid not null,
  subject text not null,
  wrapped bytea,
  master_number integer not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  destroyed_at timestamp with time zone,
  constraint subject_keys_destroyed_check CHECK (((wrapped IS NULL) = (destroyed_at IS NOT NULL))),
  constraint subject_keys_pkey PRIMARY KEY (key_id)
);

create table eventfold.timer_pace (
  id boolean not null default true,
  used_until timestamp with time zone not null,
  constraint timer_pace_id_check CHECK (id),
  constraint timer_pace_pkey PRIMARY KEY (id)
);

create table eventfold.timers (
  id uuid not null,
  state text not null default 'pending'::text,
  due_at timestamp with time zone not null,
  stream_id text not null,
  event_type text not null,
  event_data jsonb not null,
  metadata jsonb not null,
  process text,
  key text,
  name text,
  created_at timestamp with time zone not null default clock_timestamp(),
  changed_at timestamp with time zone not null default clock_timestamp(),
  failure text,
  constraint timers_pkey PRIMARY KEY (id),
  constraint timers_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'failed'::text, 'cancelled'::text])))
);

create table eventfold.user_profiles (
  user_id uuid not null,
  email text not null,
  name text not null,
  subscription_plan text not null,
  preferences text[] not null,
  total_watch_time double precision not null,
  favorite_genres text[] not null,
  last_active timestamp with time zone not null,
  registration_date timestamp with time zone not null,
  is_active boolean not null,
  constraint user_profiles_pkey PRIMARY KEY (user_id)
);

create table eventfold.waiting_events (
  projection text not null,
  build text not null,
  key text not null,
  "position" bigint not null,
  constraint waiting_events_parked_key_fkey FOREIGN KEY (projection, build, key) REFERENCES eventfold.parked_keys(projection, build, key) ON UPDATE CASCADE,
  constraint waiting_events_pkey PRIMARY KEY (projection, build, key, "position")
);

-- comments

comment on table eventfold.append_lock is 'Has no rows. Who appends has its lock, in share update exclusive mode, to the end of the transaction.';

-- indexes

CREATE INDEX content_popularity_completion_idx ON eventfold.content_popularity USING btree (((- COALESCE((completion_sum / (NULLIF(total_views, 0))::double precision), ('-1'::integer)::double precision))), content_id);

CREATE INDEX content_popularity_genre_idx ON eventfold.content_popularity USING btree (genre);

CREATE INDEX content_popularity_rating_idx ON eventfold.content_popularity USING btree (((- COALESCE((rating_sum / (NULLIF(rating_count, 0))::double precision), (0)::double precision))), content_id);

CREATE INDEX content_popularity_trending_idx ON eventfold.content_popularity USING btree (((- trending)), content_id);

CREATE INDEX content_popularity_viewers_idx ON eventfold.content_popularity USING btree (((- unique_viewers)), content_id);

CREATE INDEX content_popularity_views_idx ON eventfold.content_popularity USING btree (((- total_views)), content_id);

CREATE INDEX content_popularity_watch_time_idx ON eventfold.content_popularity USING btree (((- total_watch_time)), content_id);

CREATE UNIQUE INDEX erasures_fence_idx ON eventfold.erasures USING btree (subject) WHERE (lifted_at IS NULL);

CREATE INDEX erasures_streams_idx ON eventfold.erasures USING gin (streams);

CREATE INDEX idempotency_keys_recorded_at ON eventfold.idempotency_keys USING btree (recorded_at);

CREATE INDEX operations_projection_idx ON eventfold.operations USING btree (((parameters ->> 'projection'::text)), id);

CREATE INDEX operations_rebuild_idx ON eventfold.operations USING btree (((parameters ->> 'projection'::text)), id) WHERE ((act = 'rebuild'::text) AND (outcome = 'done'::text));

CREATE INDEX process_commands_due_idx ON eventfold.process_commands USING btree (process, next_attempt_at) WHERE (state = 'waiting'::text);

CREATE INDEX process_commands_failed_idx ON eventfold.process_commands USING btree (process, key) WHERE (state = 'failed'::text);

CREATE UNIQUE INDEX process_commands_order_idx ON eventfold.process_commands USING btree (process, key, step, number);

CREATE INDEX process_instances_running_idx ON eventfold.process_instances USING btree (process, last_step_at) WHERE (state = 'running'::text);

CREATE INDEX projection_rebuild_history_projection_idx ON eventfold.projection_rebuild_history USING btree (projection, id);

CREATE INDEX subject_keys_master_number_idx ON eventfold.subject_keys USING btree (master_number, key_id) WHERE (destroyed_at IS NULL);

CREATE UNIQUE INDEX subject_keys_subject_idx ON eventfold.subject_keys USING btree (subject) WHERE (destroyed_at IS NULL);

CREATE INDEX timers_cancelled_idx ON eventfold.timers USING btree (changed_at) WHERE (state = 'cancelled'::text);

CREATE INDEX timers_due_idx ON eventfold.timers USING btree (state, due_at, id);

CREATE INDEX timers_process_idx ON eventfold.timers USING btree (process, key) WHERE (process IS NOT NULL);

CREATE INDEX user_profiles_genres_idx ON eventfold.user_profiles USING gin (favorite_genres);

CREATE INDEX user_profiles_plan_idx ON eventfold.user_profiles USING btree (subscription_plan, registration_date DESC, user_id DESC);

CREATE INDEX user_profiles_registration_idx ON eventfold.user_profiles USING btree (registration_date DESC, user_id DESC);

-- functions

CREATE OR REPLACE FUNCTION eventfold.append_events(batch jsonb, keys jsonb DEFAULT NULL::jsonb)
 RETURNS TABLE(append integer, verdict text, stream_id text, event_id uuid, stream_version integer, global_position bigint, "timestamp" timestamp with time zone)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET enable_bitmapscan TO 'off'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  #variable_conflict use_column
  declare
    head bigint := 0;
    recorded_at timestamptz := '-infinity';
  begin
    lock table "eventfold".append_lock in share update exclusive mode;
    select e.global_position, e."timestamp" into head, recorded_at
      from "eventfold".events e order by e.global_position desc limit 1;
    head := coalesce(head, 0);
    -- Time never runs backwards along the log, whatever the clock of the machine does.
    recorded_at := greatest(recorded_at, "eventfold".recording_time());


    return query
    with incoming as (
      select i.*, known.global_position as known_position, known.stream_version as known_version,
             known."timestamp" as known_timestamp, coalesce(stream.version, 0) as current_version
        from rows from (jsonb_to_recordset(batch) as (append integer, stream_id text, expected integer, event_id uuid,
                        event_type text, event_data jsonb, metadata jsonb)) with ordinality
             as i(append, stream_id, expected, event_id, event_type, event_data, metadata, ordinal)
        left join lateral (select e.global_position, e.stream_version, e."timestamp" from "eventfold".events e
                            where e.event_id = i.event_id) known on true
        left join lateral (select e.stream_version as version from "eventfold".events e
                            where e.stream_id = i.stream_id order by e.stream_version desc limit 1) stream on true
    ), calls as (
      select call.*, exists (select from "eventfold".idempotency_keys taken where taken.key = call.key) as is_repeated
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
      insert into "eventfold".events
             (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
      select new_position, stream_id, new_version, event_id, event_type, event_data, metadata, recorded_at
        from placed where verdict = 'appended'
    ), taken as (
      insert into "eventfold".idempotency_keys (key, fingerprint, event_ids, head, kept)
      select key, fingerprint, event_ids, head, kept from calls
       where not exists (select from judged where append between first_append and last_append
                            and (verdict in ('repeated', 'conflict') or (verdict = 'duplicate' and known_position is null)))
    )
    select append, verdict, stream_id, event_id,
           case verdict when 'appended' then new_version when 'duplicate' then known_version else current_version end,
           case verdict when 'appended' then new_position when 'duplicate' then known_position end,
           case verdict when 'appended' then recorded_at when 'duplicate' then known_timestamp end
      from placed order by ordinal;

    perform pg_notify('eventfold_appended', '');
  end $function$;

CREATE OR REPLACE FUNCTION eventfold.append_one(stream text, expected integer, id uuid, type text, data jsonb, meta jsonb, keys jsonb DEFAULT NULL::jsonb)
 RETURNS bigint[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET enable_bitmapscan TO 'off'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  #variable_conflict use_column
  declare
    version integer;
    head bigint;
    recorded_at timestamptz;
  begin
    lock table "eventfold".append_lock in share update exclusive mode;
    if expected <> 0 then
      select e.stream_version into version
        from "eventfold".events e where e.stream_id = stream order by e.stream_version desc limit 1;
    end if;
    insert into "eventfold".events
           (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
    select coalesce(last.global_position, 0) + 1, stream, coalesce(version, 0) + 1, id, type, data, meta,
           greatest(last."timestamp", "eventfold".recording_time())
      from (select) one
           left join lateral (select e.global_position, e."timestamp" from "eventfold".events e
                               order by e.global_position desc limit 1) last on true
     where case expected when 0 then true when -2 then true when -1 then version > 0 else version = expected end
    returning global_position - 1, "timestamp", stream_version into head, recorded_at, version;
    if head is null then
      raise exception 'a stream is not at the expected version' using errcode = 'unique_violation';
    end if;

    if keys is not null then
      insert into "eventfold".idempotency_keys (key, fingerprint, event_ids, head, kept)
      select key, fingerprint, event_ids, head, kept
        from jsonb_to_recordset(keys) as k(key text, fingerprint text, event_ids uuid[], kept jsonb);
    end if;

    return array[head, (extract(epoch from recorded_at) * 1000)::bigint, version];
  end $function$;

CREATE OR REPLACE FUNCTION eventfold.append_together(batch jsonb, keys jsonb DEFAULT NULL::jsonb)
 RETURNS bigint[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET enable_bitmapscan TO 'off'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
      lock table "eventfold".append_lock in share update exclusive mode;
      if expected <> 0 then
        select e.stream_version into version
          from "eventfold".events e where e.stream_id = event ->> 'stream_id' order by e.stream_version desc limit 1;
      end if;
      insert into "eventfold".events
             (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
      select coalesce(last.global_position, 0) + 1, event ->> 'stream_id', coalesce(version, 0) + 1,
             (event ->> 'event_id')::uuid, event ->> 'event_type', event -> 'event_data', event -> 'metadata',
             greatest(last."timestamp", "eventfold".recording_time())
        from (select) one
             left join lateral (select e.global_position, e."timestamp" from "eventfold".events e
                                 order by e.global_position desc limit 1) last on true
       where case expected when 0 then true when -2 then true when -1 then version > 0 else version = expected end
      returning global_position - 1, "timestamp", array[stream_version] into head, recorded_at, versions;
      get diagnostics appended = row_count;
    else
      lock table "eventfold".append_lock in share update exclusive mode;
    select e.global_position, e."timestamp" into head, recorded_at
      from "eventfold".events e order by e.global_position desc limit 1;
    head := coalesce(head, 0);
    -- Time never runs backwards along the log, whatever the clock of the machine does.
    recorded_at := greatest(recorded_at, "eventfold".recording_time());

      insert into "eventfold".events
             (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
      select head + ordinal, i.stream_id, case when expected >= 0 then expected else coalesce(version, 0) end + nth,
             i.event_id, i.event_type, i.event_data, i.metadata, recorded_at
        from rows from (jsonb_to_recordset(batch) as (stream_id text, expected integer, nth integer, event_id uuid,
                        event_type text, event_data jsonb, metadata jsonb)) with ordinality
             as i(stream_id, expected, nth, event_id, event_type, event_data, metadata, ordinal)
             left join "eventfold".events before
                    on before.stream_id = i.stream_id and before.stream_version = expected
             left join lateral (select e.stream_version as version from "eventfold".events e
                                 where e.stream_id = i.stream_id and expected < 0
                                 order by e.stream_version desc limit 1) stream on true
       where case expected when 0 then true when -2 then true when -1 then version > 0
                           else before.stream_id is not null end;
      get diagnostics appended = row_count;
      if jsonb_path_exists(batch, '$[*] ? (@.expected < 0)') then
        select array_agg(e.stream_version order by e.global_position) into versions
          from "eventfold".events e where e.global_position > head;
      end if;
    end if;

    if appended < sent then
      raise exception 'a stream is not at the expected version' using errcode = 'unique_violation';
    end if;

    if keys is not null then
      insert into "eventfold".idempotency_keys (key, fingerprint, event_ids, head, kept)
      select key, fingerprint, event_ids, head, kept
        from jsonb_to_recordset(keys) as k(key text, fingerprint text, event_ids uuid[], kept jsonb);
    end if;

    return array[head, (extract(epoch from recorded_at) * 1000)::bigint] || versions::bigint[];
  end $function$;

CREATE OR REPLACE FUNCTION eventfold.append_together(streams text[], expected integer[], nth integer[], ids uuid[], types text[], data text, metadata text, keys jsonb DEFAULT NULL::jsonb)
 RETURNS bigint[]
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET enable_bitmapscan TO 'off'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  #variable_conflict use_column
  declare
    head bigint := 0;
    recorded_at timestamptz := '-infinity';
    takes_any constant boolean := 0 > any (expected);
    versions integer[];
    appended integer;
  begin
    lock table "eventfold".append_lock in share update exclusive mode;
    -- The head is read in a new statement, and so in a new snapshot.
    select e.global_position, e."timestamp" into head, recorded_at
      from "eventfold".events e order by e.global_position desc limit 1;
    head := coalesce(head, 0);
    -- Time never runs backwards along the log, whatever the clock of the machine does.
    recorded_at := greatest(recorded_at, "eventfold".recording_time());

    if takes_any and 32 < any (nth) then
      select array_agg(case when i.expected >= 0 then i.expected
                            when i.version > 0 then i.version
                            when i.expected = -2 then 0
                            else i.expected end order by i.ordinal)
        into expected
        from (select i.expected, i.ordinal, max(stream.version) over (partition by i.stream_id collate "C") as version
                from unnest(streams, expected, nth) with ordinality as i(stream_id, expected, nth, ordinal)
                     left join lateral (select e.stream_version as version from "eventfold".events e
                                         where e.stream_id = i.stream_id and i.expected < 0 and i.nth = 1
                                         order by e.stream_version desc limit 1) stream on true) i;
    end if;

    insert into "eventfold".events
           (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
    select head + ordinal, i.stream_id, case when i.expected >= 0 then i.expected else coalesce(version, 0) end + i.nth,
           i.event_id, i.event_type, i.event_data::jsonb, i.metadata::jsonb, recorded_at
      from unnest(streams, expected, nth, ids, types,
                  string_to_array(data, e'\n'), string_to_array(metadata, e'\n')) with ordinality
           as i(stream_id, expected, nth, event_id, event_type, event_data, metadata, ordinal)
           left join lateral (select e.stream_version as version from "eventfold".events e
                               where e.stream_id = i.stream_id and i.expected <> 0 and (i.nth = 1 or i.expected < 0)
                               order by e.stream_version desc limit 1) stream on true
     where case i.expected when 0 then true when -2 then true when -1 then version > 0 else i.nth > 1 or version = i.expected end;
    get diagnostics appended = row_count;
    if appended < cardinality(streams) then
      raise exception 'a stream is not at the expected version' using errcode = 'unique_violation';
    end if;
    if takes_any then
      select array_agg(e.stream_version order by e.global_position) into versions
        from "eventfold".events e where e.global_position > head;
    end if;

    if keys is not null then
      insert into "eventfold".idempotency_keys (key, fingerprint, event_ids, head, kept)
      select key, fingerprint, event_ids, head, kept
        from jsonb_to_recordset(keys) as k(key text, fingerprint text, event_ids uuid[], kept jsonb);
    end if;

    return array[head, (extract(epoch from recorded_at) * 1000)::bigint] || versions::bigint[];
  end $function$;

CREATE OR REPLACE FUNCTION eventfold.append_within(wait_ms integer, batch jsonb, keys jsonb DEFAULT NULL::jsonb)
 RETURNS TABLE(append integer, verdict text, stream_id text, event_id uuid, stream_version integer, global_position bigint, "timestamp" timestamp with time zone)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  #variable_conflict use_column
  declare
    before constant text := current_setting('lock_timeout');
    before_ms constant double precision := extract(epoch from before::interval) * 1000;
  begin
    if before_ms = 0 or before_ms > wait_ms then
      perform set_config('lock_timeout', wait_ms::text, true);
    end if;
    return query select e.append, e.verdict, e.stream_id, e.event_id, e.stream_version, e.global_position, e."timestamp"
                   from "eventfold".append_events(batch, keys) e;
    perform set_config('lock_timeout', before, true);
  end $function$;

CREATE OR REPLACE FUNCTION eventfold.guard_personal(subjects text[], key_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
      declare
        erased text;
        missing text;
      begin
        select e.subject into erased from "eventfold".erasures e
         where e.subject = any (subjects) and e.lifted_at is null limit 1;
        if found then
          raise exception 'a subject is erased' using errcode = 'ZF410', detail = erased;
        end if;
        if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
          return;
        end if;
        if (select count(*) from "eventfold".subject_keys k
             where k.key_id = any (key_ids) and k.destroyed_at is null) = cardinality(key_ids) then
          return;
        end if;
        select string_agg(id::text, ',') into missing from unnest(key_ids) as used (id)
         where not exists (select from "eventfold".subject_keys k where k.key_id = used.id and k.destroyed_at is null);
        if missing is not null then
          raise exception 'a key of personal data is missing' using errcode = 'ZF411', detail = missing;
        end if;
      end $function$;

CREATE OR REPLACE FUNCTION eventfold.open_events_for_sealing(actor text)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
   declare
     seal bigint;
   begin
     update "eventfold".log_seals s set seen_at = clock_timestamp()
      where s.id = (select max(id) from "eventfold".log_seals where done_at is null) returning s.id into seal;
     if seal is null then
       insert into "eventfold".log_seals (actor, upto)
       select open_events_for_sealing.actor, coalesce(max(global_position), 0) from "eventfold".events
       returning id into seal;
     end if;
     perform set_config('eventfold.sealing', seal::text, true);
     return seal;
   end $function$;

CREATE OR REPLACE FUNCTION eventfold.read_tail(of_stream text, of_revision integer, after integer, up_to integer, max_count integer)
 RETURNS TABLE(global_position bigint, stream_id text, stream_version integer, event_id uuid, event_type text, event_data jsonb, metadata jsonb, "timestamp" timestamp with time zone, state json)
 LANGUAGE plpgsql
 STABLE
 SET enable_seqscan TO 'off'
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  #variable_conflict use_column
  begin
    select e.global_position, e.stream_id, e.stream_version, s.state
      into read_tail.global_position, read_tail.stream_id, read_tail.stream_version, read_tail.state
      from "eventfold".snapshots s
      join "eventfold".events e on e.event_id = s.event_id
     where s.stream_id = of_stream and s.revision = of_revision
       and s.stream_version > after and s.stream_version <= up_to
       and e.stream_id = of_stream and e.stream_version = s.stream_version;
    if found then
      return next;
      after := read_tail.stream_version;
    end if;
    return query
    select e.global_position, e.stream_id, e.stream_version, e.event_id, e.event_type, e.event_data, e.metadata,
           e."timestamp", null::json
      from "eventfold".events e
     where e.stream_id = of_stream and e.stream_version > after
     order by e.stream_version limit max_count;
  end $function$;

CREATE OR REPLACE FUNCTION eventfold.recording_time()
 RETURNS timestamp with time zone
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  declare
    latest constant text := current_setting('eventfold.latest_time', true);
    recorded_at timestamptz := clock_timestamp();
  begin
    -- A session that has set it once has an empty text afterwards.
    if latest <> '' then
      recorded_at := least(recorded_at, to_timestamp(latest::double precision / 1000));
    end if;
    return date_trunc('milliseconds', recorded_at);
  end $function$;

CREATE OR REPLACE FUNCTION eventfold.refuse_change_of_events()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
   begin
     if 
     tg_op = 'UPDATE' and exists (
       select from "eventfold".log_seals s
        where s.id::text = current_setting('eventfold.sealing', true) and s.done_at is null
          and s.xmin = pg_current_xact_id()::xid) then
       return null;
     end if;
     
     raise exception 'the event log is append-only: % is refused', tg_op
       using errcode = 'restrict_violation', hint = 'Record what changed as a new event.';
   end $function$;

CREATE OR REPLACE FUNCTION eventfold.refuse_change_of_operations()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
   begin
     if tg_op <> 'UPDATE' or current_setting('eventfold.erasing', true) is distinct from 'on' then
       raise exception 'the log of operations is append-only: % is refused', tg_op
         using errcode = 'restrict_violation';
     end if;
     return null;
   end $function$;

CREATE OR REPLACE FUNCTION eventfold.refuse_erased(subjects text[])
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
   declare
     erased text;
   begin
     select e.subject into erased from "eventfold".erasures e
      where e.subject = any (subjects) and e.lifted_at is null limit 1;
     if found then
       raise exception 'a subject is erased' using errcode = 'ZF410', detail = erased;
     end if;
   end $function$;

CREATE OR REPLACE FUNCTION eventfold.refuse_other_change_of_events()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
   begin
     if (new.global_position, new.stream_version, new.event_id, new.event_type, new.metadata, new."timestamp")
        is distinct from
        (old.global_position, old.stream_version, old.event_id, old.event_type, old.metadata, old."timestamp")
     then
       raise exception 'a seal changes the data of events alone' using errcode = 'restrict_violation';
     end if;
     return new;
   end $function$;

-- triggers

CREATE TRIGGER events_are_facts BEFORE DELETE OR UPDATE OR TRUNCATE ON eventfold.events FOR EACH STATEMENT EXECUTE FUNCTION eventfold.refuse_change_of_events();

CREATE TRIGGER events_keep_their_place BEFORE UPDATE ON eventfold.events FOR EACH ROW EXECUTE FUNCTION eventfold.refuse_other_change_of_events();

CREATE TRIGGER operations_are_facts BEFORE DELETE OR UPDATE OR TRUNCATE ON eventfold.operations FOR EACH STATEMENT EXECUTE FUNCTION eventfold.refuse_change_of_operations();
