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
  for (const each of functions) await queryRunner.query(withReplaced(each, [part, replacement]));
}

/**
 * Replaces parts of one function, which has these types of parameters, and leaves the rest of it as it is.
 *
 * @throws Error when it lacks one of the parts
 */
export async function replaceInFunction(
  queryRunner: QueryRunner,
  signature: string,
  parts: readonly Replacement[],
): Promise<void> {
  const sql = 'select pg_get_functiondef($1::regprocedure) as definition';
  const [{ definition }] = await queryRunner.query(sql, [signature]);
  const replaced = parts.reduce(
    (text, part) => withReplaced({ signature, definition: text }, part),
    definition,
  );
  await queryRunner.query(replaced);
}

/** A part of a function, and what stands there afterwards. */
export type Replacement = readonly [part: string, replacement: string];

function withReplaced(
  { signature, definition }: { signature: string; definition: string },
  [part, replacement]: Replacement,
): string {
  if (!definition.includes(part)) throw new Error(`The function ${signature} does not contain "${part}".`);
  return definition.replaceAll(part, () => replacement);
}
