import type { MigrationInterface, QueryRunner } from 'typeorm';
import { replaceInAppendFunctions } from './append-functions.js';
import { quotedSchema } from './schema.js';

/**
 * Bounds the time that an event is recorded with. It is the database's, and never an earlier one than that of the event
 * before: after a clock that was two years ahead for a moment, all later events had that time, for two years. Now the
 * process that appends says what the latest time is that it takes for one: its own, and some tolerance. An append goes
 * through in any case, since a service must go on, and a wrong clock of the process does no lasting harm: the next event
 * gets a true time.
 *
 * The latest time comes in a setting of the transaction, in ms since 1970. An older build sets none, and has no bound.
 */
export class RecordingTime1763800000040 implements MigrationInterface {
  name = 'RecordingTime1763800000040';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(createRecordingTime(schema));
    await replaceInAppendFunctions(queryRunner, DATABASE_TIME, `${schema}.recording_time()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await replaceInAppendFunctions(queryRunner, `${schema}.recording_time()`, DATABASE_TIME);
    await queryRunner.query(`drop function ${schema}.recording_time()`);
  }
}

/** As the migrations before have it, to the letter. */
const DATABASE_TIME = `date_trunc('milliseconds', clock_timestamp())`;

const createRecordingTime = (schema: string) => `
  create function ${schema}.recording_time() returns timestamptz
  language plpgsql
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    latest constant text := current_setting('eventfold.latest_time', true);
    recorded_at timestamptz := clock_timestamp();
  begin
    -- A session that has set it once has an empty text afterwards.
    if latest <> '' then
      recorded_at := least(recorded_at, to_timestamp(latest::double precision / 1000));
    end if;
    return date_trunc('milliseconds', recorded_at);
  end $$`;
