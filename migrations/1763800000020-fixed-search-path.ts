import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * Fixes where the functions look for what they name. Their tables are named with the schema, and everything else is
 * PostgreSQL's own; but `count(...)` or `=` is looked up along the `search_path` of whoever calls. A role that may create
 * something in a schema of that path, as `public` often lets it, could put a better match there, and it would run with the
 * rights of the service. Temporary objects come last for the same reason.
 *
 * A later migration that replaces a function has to say it again: `create or replace` forgets it.
 */
export class FixedSearchPath1763800000020 implements MigrationInterface {
  name = 'FixedSearchPath1763800000020';

  up(queryRunner: QueryRunner): Promise<void> {
    return alterFunctions(queryRunner, 'set search_path = pg_catalog, pg_temp');
  }

  down(queryRunner: QueryRunner): Promise<void> {
    return alterFunctions(queryRunner, 'reset search_path');
  }
}

/** Those of the earlier migrations; a host may have functions of its own in the schema. */
const FUNCTIONS = ['append_events', 'append_one', 'append_together', 'read_tail', 'refuse_change_of_events'];

async function alterFunctions(queryRunner: QueryRunner, change: string): Promise<void> {
  const found = (await queryRunner.query(
    `select oid::regprocedure::text as signature from pg_proc
      where pronamespace = $1::regnamespace and proname = any ($2::text[])`,
    [quotedSchema(queryRunner), FUNCTIONS],
  )) as { signature: string }[];
  for (const { signature } of found) await queryRunner.query(`alter function ${signature} ${change}`);
}
