import type { RebuildReport } from '../rebuild/rebuild-report.js';
import type { Rebuild } from '../rebuild/rebuild.sql.js';
import { PROJECTION_STATES, type ProjectionState } from './projection-states.js';
import type { BlockingSession, ProjectionRecord } from './status.sql.js';

export const isAlarming = ({ status }: Pick<ProjectionStatus, 'status'>): boolean =>
  PROJECTION_STATES[status].isAlarm;

/** The status of a projection, with the reason when it stands still. */
export interface ProjectionStatus {
  name: string;
  revision: string;
  partitions: number;
  /** All events up to here are folded, except those of parked keys. */
  position: number;
  logPosition: number;
  lagEvents: number;
  /** Age of the oldest event that is not folded, in seconds; 0 when all are. */
  lagSeconds: number;
  status: ProjectionState;
  /** The reason for the status, in words; null when there is none. */
  reason: string | null;
  /** Recent rate, in events a second. */
  rate: number;
  /** Seconds until it has caught up, at this rate; null while that is not known. */
  etaSeconds: number | null;
  parkedKeys: number;
  /** Those parked keys that their reaction retries without an operator. */
  retryingKeys: number;
  rebuild: RebuildStatus | null;
  lastRebuild: RebuildReport | null;
}

export interface RebuildStatus {
  state: Rebuild['state'];
  /** The revision of its rows; null while no process has begun. */
  revision: string | null;
  /** Why it waits or makes no progress, in words. */
  reason: string | null;
  position: number;
  target: number;
  percent: number;
  rate: number;
  etaSeconds: number | null;
  /** Keys that could not be folded: after the exchange they are parked keys of the living rows. */
  parkedKeys: number;
  /** What the exchange would change; set while the rebuild is held. */
  report: RebuildReport | null;
}

/** After this many seconds without a turn, a projection that is behind stands still. */
const STILL_AFTER_S = 3;

export function standsStill({
  position,
  logPosition,
  isPaused,
  quietSeconds,
  lagSeconds,
}: ProjectionRecord): boolean {
  const isQuiet = quietSeconds > STILL_AFTER_S && (lagSeconds ?? 0) > STILL_AFTER_S;
  return !isPaused && position < logPosition && isQuiet;
}

/** Facts besides the record that a status depends on. */
interface Circumstances {
  /** Sessions that block others, when the projection stands still. */
  blockers: readonly BlockingSession[];
  /** The latest time that an event may have: see `maxClockAheadMs`. */
  latest: Date;
}

export function statusOf(record: ProjectionRecord, circumstances: Circumstances): ProjectionStatus {
  const { position, logPosition, rate, rebuild } = record;
  const lagEvents = Math.max(logPosition - position, 0);
  return {
    name: record.name,
    revision: record.revision,
    partitions: record.partitions,
    position,
    logPosition,
    lagEvents,
    lagSeconds: round(record.lagSeconds ?? 0),
    ...stateOf(record, circumstances),
    rate: round(rate),
    etaSeconds: etaOf(lagEvents, rate),
    parkedKeys: record.parkedKeys,
    retryingKeys: record.retryingKeys,
    rebuild: rebuild && {
      state: rebuild.state,
      revision: rebuild.revision,
      reason: reasonOfRebuild(record),
      position: rebuild.position,
      target: logPosition,
      percent: logPosition === 0 ? 100 : Math.floor((rebuild.position / logPosition) * 1_000) / 10,
      rate: round(rebuild.rate),
      etaSeconds: etaOf(logPosition - rebuild.position, rebuild.rate),
      parkedKeys: rebuild.parkedKeys,
      report: rebuild.report,
    },
    lastRebuild: record.lastRebuild,
  };
}

function stateOf(
  record: ProjectionRecord,
  { blockers, latest }: Circumstances,
): Pick<ProjectionStatus, 'status' | 'reason'> {
  const parked = record.parkedKeys > 0 ? parkedInWords(record.parkedKeys) : null;
  if (record.isPaused) return { status: 'paused', reason: 'Paused by an operator' };
  if (record.workers.length === 0) {
    return { status: 'no-worker', reason: 'No process runs it: start one with projections on' };
  }
  for (const status of ['stopped', 'retrying'] as const) {
    const worker = record.workers.find((one) => one.status === status);
    if (worker !== undefined) return { status, reason: worker.failure ?? parked };
  }
  const [blocker] = blockers;
  if (blocker !== undefined) return { status: 'blocked', reason: describe(blocker) };
  if (record.workers.every(({ status }) => status === 'starting'))
    return { status: 'starting', reason: null };
  if (record.workers.every(({ status }) => status === 'standing-by')) {
    const left = record.workers.find(({ failure }) => failure !== null)?.failure;
    return { status: 'standing-by', reason: left ?? noProcessFolds(record) };
  }
  return { status: 'running', reason: parked ?? aheadInWords(record, latest) };
}

/**
 * The warning about a log whose last event is in the future. The projection folds on, but ages, and rows made from
 * times, are wrong.
 */
function aheadInWords({ logTime }: ProjectionRecord, latest: Date): string | null {
  if (logTime === null || logTime <= latest.getTime()) return null;
  return (
    `The last event is of ${new Date(logTime).toISOString()}, which is still to come: ` +
    'the clock of the database was ahead, ' +
    'see "eventfold log correct-times"'
  );
}

function noProcessFolds({ revision, rebuild, workers }: ProjectionRecord): string {
  const here = [...new Set(workers.map((worker) => `"${worker.revision}"`))].join(' and ');
  const cure =
    rebuild === null
      ? 'start one with that build and those settings, or ask for a rebuild'
      : 'its rebuild for them is under way';
  return `No process folds it: its rows are of revision "${revision}", and the processes have ${here}: ${cure}`;
}

/** The rebuild's own reason, or the reason why no process works on it. */
function reasonOfRebuild({ rebuild, revision, workers }: ProjectionRecord): string | null {
  const { state, revision: own, reason } = rebuild!;
  if (state === 'held') return reason; // nobody works on it: what a process has told of it was before
  const works = workers.filter((worker) => worker.revision === own);
  const failing = works.find(
    ({ rebuildStatus }) => rebuildStatus === 'stopped' || rebuildStatus === 'retrying',
  );
  if (failing !== undefined) return failing.rebuildFailure;
  if (reason !== null) return reason;
  if (state === 'requested' && workers.length === 0) return 'No process runs the projection: start one';
  if (state === 'folding' && works.length === 0)
    return `No process has its revision ${own} (the living rows have ${revision}): start one, or cancel it`;
  return null;
}

const parkedInWords = (count: number) =>
  count === 1 ? '1 parked key is not folded' : `${count} parked keys are not folded`;

const describe = ({ pid, application, state, age }: BlockingSession) =>
  `The database session with pid ${pid} (${application || 'without a name'}, ${state}) ` +
  `has held a lock for ${Math.round(age)} s`;

function etaOf(left: number, rate: number): number | null {
  if (left <= 0) return 0;
  return rate < 0.1 ? null : Math.ceil(left / rate);
}

const round = (value: number) => Math.round(value * 10) / 10;
