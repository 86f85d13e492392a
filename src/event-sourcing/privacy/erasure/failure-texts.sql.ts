/**
 * The texts of failures: a handler may have named anybody in them. An erasure empties those at events of the subject,
 * and those of which it is not known at which event they came: a process or a rebuild that still fails tells it again.
 */
import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { TRIED_AGAIN } from '../../projection/rebuild/rebuild.sql.js';
import { BLANK, type Changed, mentioning } from './places.sql.js';

interface Subject {
  subject: string;
  /** The streams of its events. */
  streams: readonly string[];
}

/** @returns the number of rows that were changed */
export async function blankFailures(
  manager: Statements,
  options: ResolvedOptions,
  { subject, streams }: Subject,
): Promise<number> {
  const table = (name: string) => options.qualified(name);
  const isOfSubject = `exists (
      select from ${table('events')} e
       where e.event_id = f.event_id and (e.stream_id = any ($3) or e.event_data::text like $1))`;
  const ofSubject = [
    ...blankAtEvents(options, isOfSubject),
    `update ${table('timers')} set failure = $2
      where failure <> $2 and (failure like $1 or event_data::text like $1 or stream_id = any ($3))`,
    `update ${table('process_commands')} set error = $2
      where error <> $2 and (error like $1 or data::text like $1 or key like $1 or key = any ($3))`,
  ];
  return blank(manager, options, ofSubject, [mentioning(subject), BLANK, streams]);
}

/**
 * The same where the log is elsewhere.
 *
 * @param positions those of the subject's events among `selectFailed`
 */
export const blankFailuresAt = (
  manager: Statements,
  options: ResolvedOptions,
  { subject, positions }: { subject: string; positions: readonly number[] },
): Promise<number> =>
  blank(manager, options, blankAtEvents(options, `f.position = any ($3::bigint[])`), [
    mentioning(subject),
    BLANK,
    positions,
  ]);

/** The positions of events at which a projection has failed, while the text of that is kept. */
export async function selectFailed(statements: Statements, options: ResolvedOptions): Promise<number[]> {
  const rows = await statements.query<{ position: number }[]>(
    `select position::float8 as position from ${options.qualified('parked_keys')}
      where error <> $1 or exists (select from jsonb_array_elements(failures) a where a ->> 'error' <> $1)
      union select position::float8 from ${options.qualified('skipped_events')} where error <> $1
      order by position`,
    [BLANK],
  );
  return rows.map(({ position }) => position);
}

/** $1: a text for `like`. $2: what stands there then. */
const blankAtEvents = (options: ResolvedOptions, isOfSubject: string): string[] => {
  const ofEvent = `(f.key like $1 or f.error like $1 or ${isOfSubject})`;
  return [
    `update ${options.qualified('parked_keys')} f set error = $2, failures = ${blankAttempts('$2')}
      where (error <> $2 or exists (select from jsonb_array_elements(failures) a where a ->> 'error' <> $2))
        and (f.failures::text like $1 or ${ofEvent})`,
    `update ${options.qualified('skipped_events')} f set error = $2 where error <> $2 and ${ofEvent}`,
  ];
};

/** @param ofSubject statements about the subject. Texts of which it is not known whom they are about go as well. */
async function blank(
  manager: Statements,
  options: ResolvedOptions,
  ofSubject: readonly string[],
  values: readonly unknown[],
): Promise<number> {
  const table = (name: string) => options.qualified(name);
  const ofAnybody = [
    `update ${table('projection_rebuilds')} set reason = $1 where reason like '%${TRIED_AGAIN}%'`,
    `update ${table('projection_rebuild_history')} set reason = $1 where reason like '%${TRIED_AGAIN}%'`,
    `update ${table('projection_workers')}
        set failure = case when failure is not null then $1 end,
            rebuild_failure = case when rebuild_failure is not null then $1 end
      where failure <> $1 or rebuild_failure <> $1`,
  ];
  let blanked = 0;
  for (const statement of ofSubject) blanked += (await manager.query<Changed>(statement, [...values]))[1];
  for (const statement of ofAnybody) blanked += (await manager.query<Changed>(statement, [BLANK]))[1];
  return blanked;
}

/** The attempts stay, with their times. */
const blankAttempts = (text: string) => `coalesce((
         select jsonb_agg(a || jsonb_build_object('error', ${text}::text) order by number)
           from jsonb_array_elements(failures) with ordinality as attempts(a, number)), '[]')`;
