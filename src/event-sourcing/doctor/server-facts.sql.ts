import { MISSING, NAMED_TABLES, neededBy } from './required-tables.js';
import type { Statements } from '../postgres/database.js';
import { fromStoredJson } from '../postgres/stored-json.js';
import type { ServerFacts, ExaminedProcess } from './check.js';
import { CHECKS } from './checks.js';

/** The statement is built from the table of checks: an added check is part of the same round trip. */
function statement(): string {
  const answers = CHECKS.flatMap(({ name, sql }) => (sql === undefined ? [] : [`'${name}', ${sql}`]));
  return `
    with named as materialized (${NAMED_TABLES}),
         present as materialized (
           select id, qualified as name, name in ('events', 'operations') as only_grows from named where id is not null),
         missing as materialized (${MISSING}),
         sessions as materialized (select datid, usesysid, application_name from pg_stat_get_activity(null))
    select current_user as "user", current_database() as database,
           (select jsonb_object_agg(name, current_setting(name, true)) from unnest($5::text[]) as name) as settings,
           jsonb_build_object(${answers.join(', ')}) as answers`;
}

const SETTINGS = CHECKS.flatMap(({ settings = [] }) => settings);

/**
 * Everything that the checks read from the server, in one round trip. The answer `clock` is how far its clock is ahead,
 * in ms.
 */
export async function selectServerFacts(
  statements: Statements,
  examined: ExaminedProcess,
): Promise<ServerFacts> {
  const { quotedSchema, rowTables } = examined;
  const before = Date.now();
  const [row] = await statements.query<ServerFacts[]>(statement(), [
    quotedSchema,
    ...neededBy(examined),
    rowTables,
    SETTINGS,
  ]);
  const after = Date.now();
  const answers = fromStoredJson(row!.answers);
  const clock = clockAhead(answers['clock'] as number, before, after);
  return { ...row!, settings: fromStoredJson(row!.settings), answers: { ...answers, clock } };
}

/** The database read its clock at some moment between the two times. */
function clockAhead(there: number, before: number, after: number): number {
  if (there < before) return there - before;
  return there > after ? there - after : 0;
}
