import type { MigrationInterface, QueryRunner } from 'typeorm';
import { Projections1763800000002 } from './1763800000002-projections.js';
import { ProjectionWork1763800000008 } from './1763800000008-projection-work.js';
import { RebuildStates1763800000009 } from './1763800000009-rebuild-states.js';
import { quotedSchema } from './schema.js';

/**
 * A database with projections and without a log: the tables of projections, and one row for the last event that a
 * process has seen of the stream. That row is rewritten as events come: room is left for HOT updates.
 */
export class LogEnd1763800000050 implements MigrationInterface {
  name = 'LogEnd1763800000050';
  private readonly ofProjections = [
    new Projections1763800000002(),
    new ProjectionWork1763800000008(),
    new RebuildStates1763800000009(),
  ];

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`
      create table ${schema}.log_end (
        is_only boolean not null default true constraint log_end_pkey primary key
          constraint log_end_is_only_check check (is_only),
        global_position bigint not null,
        event_id uuid not null,
        "timestamp" timestamptz not null
      ) with (fillfactor = 20)`);
    await this.makeTablesOfProjections(queryRunner, schema);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const migration of this.ofProjections.toReversed()) await migration.down(queryRunner);
    await queryRunner.query(`drop table ${quotedSchema(queryRunner)}.log_end`);
  }

  /** They mend what earlier versions have left behind, and look into the log for that: here it is an empty view. */
  private async makeTablesOfProjections(queryRunner: QueryRunner, schema: string): Promise<void> {
    await queryRunner.query(`
      create view ${schema}.events as
      select global_position, event_id, null::text as event_type from ${schema}.log_end where false`);
    for (const migration of this.ofProjections) await migration.up(queryRunner);
    await queryRunner.query(`drop view ${schema}.events`);
  }
}
