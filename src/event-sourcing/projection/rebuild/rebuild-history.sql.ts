import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import { type RebuildReport, withinLength } from './rebuild-report.js';

/** A rebuild that has ended, or begins again. */
export interface RebuildEnd {
  /** Later ends have higher ids. */
  id: number;
  /** The start of the rebuild. A rebuild that begins again keeps it. */
  startedAt: Date;
  endedAt: Date;
  /** The revision of its rows; null when no process had begun. */
  revision: string | null;
  /** Why it ended so, what it waited for, or which revision it replaced, in words; null when there is none of these. */
  reason: string | null;
  /** Whether an operator wanted to look before the living rows are changed. */
  hold: boolean;
  outcome: RebuildOutcome;
  /** The actor that asked for the rebuild; null when none is known, as for that of a new revision. */
  by: string | null;
  /** The comparison, if there was one. Rows that would make it too long are left out. */
  report: RebuildReport | null;
}

/**
 * `exchanged`: the living rows are those of the rebuild. `cancelled`: by an operator, or by a build that needs another
 * rebuild. `outdated`: the rebuild begins again.
 */
export type RebuildOutcome = 'exchanged' | 'cancelled' | 'outdated';

type NewEnd = Pick<RebuildEnd, 'revision' | 'reason' | 'hold' | 'outcome' | 'report'> & {
  projection: string;
  /** To the microsecond. */
  startedAt: string;
};

/** The longest report that is kept, in characters. */
const REPORT = 64 * 1_024;

/**
 * Records the end of a locked rebuild, while the living rows still have their old revision. The actor is that of the
 * latest act that asked for a rebuild, if it is not older than the rebuild.
 */
export async function insertRebuildEnd(
  manager: Statements,
  options: ResolvedOptions,
  { projection, startedAt, revision, reason, hold, outcome, report }: NewEnd,
): Promise<void> {
  await manager.query(
    `insert into ${options.qualified('projection_rebuild_history')}
            (projection, started_at, revision, reason, hold, outcome, requested_by, report)
     select p.name, $2::timestamptz, $3,
            coalesce($4, case when p.revision <> $3 then format('The rows were of revision "%s"', p.revision) end),
            $5::boolean, $6::text, asked.actor, $7::jsonb
       from ${options.qualified('projections')} p
       left join lateral (
              select actor, at from ${options.qualified('operations')}
               where parameters ->> 'projection' = p.name and act = 'rebuild' and outcome = 'done'
               order by id desc limit 1) asked on asked.at >= $2::timestamptz
      where p.name = $1`,
    [projection, startedAt, revision, reason, hold, outcome, report && withinLength(report, REPORT)],
  );
}

/** The latest first. */
export async function selectRebuildEnds(
  manager: Statements,
  options: ResolvedOptions,
  projection: string,
  { after, limit }: { after: number; limit: number },
): Promise<RebuildEnd[]> {
  const rows = await manager.query<RebuildEnd[]>(
    `select id::float8 as id, started_at as "startedAt", ended_at as "endedAt", revision, reason, hold, outcome,
            requested_by as by, report
       from ${options.qualified('projection_rebuild_history')} h
      where h.projection = $1 and h.id < $2 order by h.id desc limit $3`,
    [projection, after, limit],
  );
  return rows.map((row) => ({ ...row, report: fromStoredJson(row.report) }));
}
