import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';

/** A key as it is stored. `wrapped` is null when it is destroyed. */
export interface KeyRow {
  id: string;
  subject: string;
  wrapped: Buffer | null;
  master: number;
}

/** A statement that `PreparedQueries.query` or `Statements.query` runs. */
export type Run = <Row extends object>(text: string, values: unknown[]) => Promise<Row[]>;

const COLUMNS = 'key_id::text as id, subject, wrapped, master_number as master';

export const selectKeys = (
  run: Run,
  tables: Pick<ResolvedOptions, 'qualified'>,
  ids: readonly string[],
): Promise<KeyRow[]> =>
  run(`select ${COLUMNS} from ${tables.qualified('subject_keys')} where key_id = any ($1::uuid[])`, [ids]);

/** The living keys of subjects. */
export const selectLivingKeys = (
  run: Run,
  options: ResolvedOptions,
  subjects: readonly string[],
): Promise<KeyRow[]> =>
  run(
    `select ${COLUMNS} from ${options.qualified('subject_keys')}
      where subject = any ($1::text[]) and destroyed_at is null`,
    [subjects],
  );

/**
 * Stores new keys for those subjects that have none, and returns the living keys of all, but for one that another
 * process stores in this moment.
 *
 * The statement is a transaction of its own. Unless `isLasting` is true, its commit does not wait for the disk. That
 * loses nothing: an event is appended under the key only afterwards, when `guard_personal` has seen the key. So the
 * record of its commit follows the key's in the write-ahead log, and that commit waits until the log is on disk, and at
 * synchronous replicas, up to its own record. A server that lost the key in a crash refuses the append.
 *
 * Rows come in the order of subjects, so that two processes with the same new subjects do not wait for each other. A
 * master key that is kept in the database may have been put out of use by `rewrap`: then nothing is stored. A subject
 * that is erased gets no key.
 */
export const insertKeys = (
  run: Run,
  options: ResolvedOptions,
  keys: readonly (Omit<KeyRow, 'wrapped'> & { wrapped: Uint8Array })[],
  { isKept, isLasting }: { isKept: boolean; isLasting: boolean },
): Promise<KeyRow[]> =>
  run(
    `with wanted as (
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) as w(key_id, subject, wrapped, master)
     ), made as (
       insert into ${options.qualified('subject_keys')} (key_id, subject, wrapped, master_number)
       select key_id, subject, decode(wrapped, 'hex'), master from wanted
        where (not $5 or exists (select from ${options.qualified('master_keys')} m
                                  where m.number = wanted.master and m.kept is not null))
          and not exists (select from ${options.qualified('erasures')} e
                           where e.subject = wanted.subject and e.lifted_at is null)
        order by subject
       on conflict (subject) where destroyed_at is null do nothing
       returning key_id, subject, wrapped, master_number)
     select ${COLUMNS}, case when not $6 then set_config('synchronous_commit', 'off', true) end from made
      union all
     select ${COLUMNS}, null from ${options.qualified('subject_keys')}
      where subject = any ($2::text[]) and destroyed_at is null`,
    [
      keys.map(({ id }) => id),
      keys.map(({ subject }) => subject),
      keys.map(({ wrapped }) => Buffer.from(wrapped).toString('hex')),
      keys.map(({ master }) => master),
      isKept,
      isLasting,
    ],
  );

/** Those of the subjects that are erased. */
export const selectErased = (
  run: Run,
  options: ResolvedOptions,
  subjects: readonly string[],
): Promise<{ subject: string }[]> =>
  run(
    `select subject from ${options.qualified('erasures')} where subject = any ($1::text[]) and lifted_at is null`,
    [subjects],
  );

/** The first word of a notification that a key was destroyed; its id follows. */
export const KEY_DESTROYED = 'key-destroyed ';

/** Takes the bytes of the subject's keys away, and tells all processes at the commit. @returns the ids of the keys */
export async function destroyKeys(
  manager: Statements,
  options: ResolvedOptions,
  subject: string,
): Promise<string[]> {
  const rows: { id: string }[] = await manager.query(
    `with destroyed as (
       update ${options.qualified('subject_keys')} set wrapped = null, destroyed_at = clock_timestamp()
        where subject = $1 and destroyed_at is null returning key_id)
     select key_id::text as id, pg_notify($2, $3 || key_id)::text as notified from destroyed`,
    [subject, options.logChannel, KEY_DESTROYED],
  );
  return rows.map(({ id }) => id);
}
