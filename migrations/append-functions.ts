import type { QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/** Every function that takes the lock of the append; those with the parameters of older builds are among them. */
const FUNCTIONS = ['append_events', 'append_one', 'append_together'];

/**
 * Replaces a part of all functions that append, and leaves the rest of them, with their settings and rights, as it is.
 *
 * @throws Error when one of them lacks the part
 */
export async function replaceInAppendFunctions(
  queryRunner: QueryRunner,
  part: string,
  replacement: string,
): Promise<void> {
  const functions = (await queryRunner.query(
    `select oid::regprocedure::text as signature, pg_get_functiondef(oid) as definition from pg_proc
      where pronamespace = $1::regnamespace and proname = any ($2::text[])`,
    [quotedSchema(queryRunner), FUNCTIONS],
  )) as { signature: string; definition: string }[];
  for (const { signature, definition } of functions) {
    if (!definition.includes(part)) throw new Error(`The function ${signature} does not contain "${part}".`);
    await queryRunner.query(definition.replaceAll(part, () => replacement));
  }
}
