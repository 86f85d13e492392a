import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * The processes that work on this schema, with their signs of life, so that an operator sees which build runs where.
 * What they fold is in `projection_workers`, by the same id. A row is rewritten every few seconds: room is left for HOT
 * updates.
 */
export class Processes1763800000080 implements MigrationInterface {
  name = 'Processes1763800000080';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table ${quotedSchema(queryRunner)}.processes (
        id uuid not null constraint processes_pkey primary key,
        name text not null,
        build text not null,
        started_at timestamptz not null,
        seen_at timestamptz not null default clock_timestamp()
      ) with (fillfactor = 50)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table ${quotedSchema(queryRunner)}.processes`);
  }
}
