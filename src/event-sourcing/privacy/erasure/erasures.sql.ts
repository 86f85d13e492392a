import { erasureNews, type LogState } from '../../log/arrival/log-watch.sql.js';
import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import type { Erasure, ErasureStep, RunningErasure } from './erasure.js';

export type ErasureNews = Pick<LogState, 'lastErasure' | 'isErasing'>;

export interface NewErasure {
  id: string;
  subject: string;
  requestedBy: string | null;
  reason: string | null;
  /** Undefined: now. */
  requestedAt?: string | undefined;
  /** The position of the log before the events that record the erasure. */
  before: number;
}

/** Waits for the lock of the log, and has it until the transaction ends: no append gets between. */
export const lockLog = (manager: Statements, options: ResolvedOptions): Promise<unknown> =>
  manager.query(`lock table ${options.qualified('append_lock')} in share update exclusive mode`);

/**
 * Raises the fence. The streams of the events that record the erasure are those of the subject, so far as its recorder
 * knows them.
 */
export async function insertErasure(
  manager: Statements,
  options: ResolvedOptions,
  { id, subject, requestedBy, reason, requestedAt, before }: NewErasure,
): Promise<void> {
  const events = options.qualified('events');
  await manager.query(
    `insert into ${options.qualified('erasures')}
            (id, subject, requested_by, reason, requested_at, position, streams)
     select $1, $2, $3, $4, coalesce($5::timestamptz, clock_timestamp()),
            (select coalesce(max(global_position), 0) from ${events}),
            array(select distinct stream_id from ${events} where global_position > $6)`,
    [id, subject, requestedBy, reason, requestedAt ?? null, before],
  );
}

/** The id of the erasure that fences a subject off; undefined when there is none. */
export async function selectFence(
  manager: Statements,
  options: ResolvedOptions,
  subject: string,
): Promise<string | undefined> {
  const [found] = await manager.query<{ id: string }[]>(
    `select id from ${options.qualified('erasures')} where subject = $1 and lifted_at is null`,
    [subject],
  );
  return found?.id;
}

type ErasureRow = Omit<Erasure, 'steps' | 'state'>;

const COLUMNS = `id, subject, requested_by as "requestedBy", reason, requested_at as "requestedAt",
  position::float8 as position, done_at as "doneAt", lifted_at as "liftedAt"`;

export async function selectErasure(
  manager: Statements,
  options: ResolvedOptions,
  id: string,
): Promise<Erasure | undefined> {
  const [row] = await manager.query<ErasureRow[]>(
    `select ${COLUMNS} from ${options.qualified('erasures')} where id = $1`,
    [id],
  );
  if (row === undefined) return undefined;
  const steps = await manager.query<ErasureStep[]>(
    `select place, found::float8 as found, done, at from ${options.qualified('erasure_steps')}
      where erasure_id = $1 order by at, place`,
    [id],
  );
  return { ...row, state: row.doneAt === null ? 'running' : 'done', steps };
}

/** Takes an erasure for the rest of the transaction; undefined when it is done, or another process has it. */
export async function takeErasure(
  manager: Statements,
  options: ResolvedOptions,
  id: string,
): Promise<RunningErasure | undefined> {
  const [row] = await manager.query<Omit<RunningErasure, 'places'>[]>(
    `select number::float8 as number, id, subject, position::float8 as position, streams,
            requested_at as "requestedAt"
       from ${options.qualified('erasures')} where id = $1 and done_at is null for update skip locked`,
    [id],
  );
  if (row === undefined) return undefined;
  // In a statement of its own: the first one sees the steps as they were before it had the lock.
  const steps = await manager.query<{ place: string }[]>(
    `select place from ${options.qualified('erasure_steps')} where erasure_id = $1`,
    [id],
  );
  return { ...row, places: steps.map(({ place }) => place) };
}

export async function selectRunning(manager: Statements, options: ResolvedOptions): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `select id from ${options.qualified('erasures')} where done_at is null order by number`,
  );
  return rows.map(({ id }) => id);
}

export async function insertStep(
  manager: Statements,
  options: ResolvedOptions,
  id: string,
  { place, found, done }: Omit<ErasureStep, 'at'>,
): Promise<void> {
  await manager.query(
    `insert into ${options.qualified('erasure_steps')} (erasure_id, place, found, done) values ($1, $2, $3, $4)`,
    [id, place, found, done],
  );
}

export async function updateToDone(manager: Statements, options: ResolvedOptions, id: string): Promise<void> {
  await manager.query(
    `update ${options.qualified('erasures')} set done_at = clock_timestamp() where id = $1`,
    [id],
  );
}

/** Lowers the fence of a subject. @returns whether there was one */
export async function updateToLifted(
  manager: Statements,
  options: ResolvedOptions,
  subject: string,
  by: string | null,
): Promise<boolean> {
  const [, lifted] = await manager.query<[unknown, number]>(
    `update ${options.qualified('erasures')} set lifted_at = clock_timestamp(), lifted_by = $2
      where subject = $1 and lifted_at is null and done_at is not null`,
    [subject, by],
  );
  return lifted > 0;
}

/** Those of the erasures that the database has not; one of a subject whose fence stands is not missing. */
export async function selectUnknown(
  manager: Statements,
  options: ResolvedOptions,
  erasures: readonly Pick<Erasure, 'id' | 'subject'>[],
): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `select given.id from unnest($1::uuid[], $2::text[]) as given(id, subject)
      where not exists (select from ${options.qualified('erasures')} e
                         where e.id = given.id or (e.subject = given.subject and e.lifted_at is null))`,
    [erasures.map(({ id }) => id), erasures.map(({ subject }) => subject)],
  );
  return rows.map(({ id }) => id);
}

/** What a process must know about erasures. */
export async function selectNews(statements: Statements, options: ResolvedOptions): Promise<ErasureNews> {
  const [row] = await statements.query<ErasureNews[]>(`select ${erasureNews(options)}`);
  return row!;
}

/** The id of the first event, by which a log is told from others; undefined while the log is empty. */
export async function selectLogId(
  manager: Statements,
  options: ResolvedOptions,
): Promise<string | undefined> {
  const [row] = await manager.query<{ id: string }[]>(
    `select event_id as id from ${options.qualified('events')} where global_position = 1`,
  );
  return row?.id;
}

/** How many keys of a subject there are with which its fields can be read. */
export async function selectLivingKeys(
  manager: Statements,
  options: ResolvedOptions,
  subject: string,
): Promise<number> {
  const [row] = await manager.query<{ count: number }[]>(
    `select count(*)::integer as count from ${options.qualified('subject_keys')}
      where subject = $1 and destroyed_at is null`,
    [subject],
  );
  return row!.count;
}
