import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/** How far each projection has folded the log. Small, and rewritten at every turn: room is left for HOT updates. */
export class Projections1763800000002 implements MigrationInterface {
  name = 'Projections1763800000002';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table ${quotedSchema(queryRunner)}.projections (
        name text not null constraint projections_pkey primary key,
        revision text not null,
        position bigint not null default 0,
        updated_at timestamptz not null default now()
      ) with (fillfactor = 20)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop table ${quotedSchema(queryRunner)}.projections`);
  }
}
