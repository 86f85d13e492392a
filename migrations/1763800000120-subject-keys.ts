import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * The keys of persons, under which the personal fields of events are stored, and the one door through the trigger that
 * refuses changes of events.
 */
export class SubjectKeys1763800000120 implements MigrationInterface {
  name = 'SubjectKeys1763800000120';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of [...keys(schema), ...door(schema), ...guards(schema)]) {
      await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    for (const statement of [
      refuseAllChanges(schema),
      `drop trigger events_keep_their_place on ${schema}.events`,
      `drop function ${schema}.refuse_other_change_of_events()`,
      `drop function ${schema}.open_events_for_sealing(text)`,
      `drop table ${schema}.log_seals`,
      `drop table ${schema}.subject_keys`,
      `drop table ${schema}.master_keys`,
    ]) {
      await queryRunner.query(statement);
    }
  }
}

/**
 * `subject_keys`: a key of a destroyed subject stays as a row without its bytes. So a value whose key is destroyed
 * differs from one whose key was lost, as in a database that was restored in part. A subject has one living key.
 *
 * `master_keys`: `check_value` tells a process whether its master key of that number is the one in use. `kept` is the
 * key itself, where it is kept in the database.
 */
const keys = (schema: string) => [
  `create table ${schema}.master_keys (
     number integer not null constraint master_keys_pkey primary key,
     check_value bytea not null,
     kept bytea,
     created_at timestamptz not null default clock_timestamp()
   )`,
  `create table ${schema}.subject_keys (
     key_id uuid not null constraint subject_keys_pkey primary key,
     subject text not null,
     wrapped bytea,
     master_number integer not null,
     created_at timestamptz not null default clock_timestamp(),
     destroyed_at timestamptz,
     constraint subject_keys_destroyed_check check ((wrapped is null) = (destroyed_at is not null))
   )`,
  `create unique index subject_keys_subject_idx on ${schema}.subject_keys (subject) where destroyed_at is null`,
  `create index subject_keys_master_number_idx on ${schema}.subject_keys (master_number, key_id)
     where destroyed_at is null`,
];

/**
 * Who used the door, and how far it came. A log that is empty now has nothing to seal: all of its events are stored by
 * a version that knows keys.
 */
const door = (schema: string) => [
  `create table ${schema}.log_seals (
     id bigint generated always as identity constraint log_seals_pkey primary key,
     actor text not null,
     started_at timestamptz not null default clock_timestamp(),
     upto bigint not null,
     position bigint not null default 0,
     events bigint not null default 0,
     seen_at timestamptz not null default clock_timestamp(),
     done_at timestamptz
   )`,
  `insert into ${schema}.log_seals (actor, upto, done_at)
   select 'migration', 0, clock_timestamp() where not exists (select from ${schema}.events)`,
  `create function ${schema}.open_events_for_sealing(actor text) returns bigint language plpgsql
     set search_path = pg_catalog, pg_temp as $$
   declare
     seal bigint;
   begin
     update ${schema}.log_seals s set seen_at = clock_timestamp()
      where s.id = (select max(id) from ${schema}.log_seals where done_at is null) returning s.id into seal;
     if seal is null then
       insert into ${schema}.log_seals (actor, upto)
       select open_events_for_sealing.actor, coalesce(max(global_position), 0) from ${schema}.events
       returning id into seal;
     end if;
     perform set_config('eventfold.sealing', seal::text, true);
     return seal;
   end $$`,
];

/** The row of the seal was written by this very transaction: a setting alone opens nothing. */
const IS_OPEN = (schema: string) => `
     tg_op = 'UPDATE' and exists (
       select from ${schema}.log_seals s
        where s.id::text = current_setting('eventfold.sealing', true) and s.done_at is null
          and s.xmin = pg_current_xact_id()::xid)`;

/** A seal changes how data is written, and the name of a stream of reservations; never which events there are. */
const guards = (schema: string) => [
  `create or replace function ${schema}.refuse_change_of_events() returns trigger language plpgsql
     set search_path = pg_catalog, pg_temp as $$
   begin
     if ${IS_OPEN(schema)} then
       return null;
     end if;
     ${REFUSAL}
   end $$`,
  `create function ${schema}.refuse_other_change_of_events() returns trigger language plpgsql
     set search_path = pg_catalog, pg_temp as $$
   begin
     if (new.global_position, new.stream_version, new.event_id, new.event_type, new.metadata, new."timestamp")
        is distinct from
        (old.global_position, old.stream_version, old.event_id, old.event_type, old.metadata, old."timestamp")
     then
       raise exception 'a seal changes the data of events alone' using errcode = 'restrict_violation';
     end if;
     return new;
   end $$`,
  `create trigger events_keep_their_place before update on ${schema}.events
     for each row execute function ${schema}.refuse_other_change_of_events()`,
];

const REFUSAL = `
     raise exception 'the event log is append-only: % is refused', tg_op
       using errcode = 'restrict_violation', hint = 'Record what changed as a new event.';`;

const refuseAllChanges = (schema: string) => `
  create or replace function ${schema}.refuse_change_of_events() returns trigger language plpgsql
    set search_path = pg_catalog, pg_temp as $$
  begin
    ${REFUSAL}
  end $$`;
