/** The bodies of the operators' routes, as far as the page shows them. The OpenAPI document describes them. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

export interface StoredEvent {
  position: number;
  streamId: string;
  version: number;
  eventId: string;
  type: string;
  data: unknown;
  metadata: Record<string, unknown>;
  timestamp: string;
}

export type ProjectionState = string;

export interface RowDifference {
  living: Record<string, unknown> | null;
  rebuilt: Record<string, unknown> | null;
}

export interface TableComparison {
  table: string;
  equal: number;
  differing: number;
  missing: number;
  extra: number;
  differences: RowDifference[];
}

export interface RebuildReport {
  comparedAt: string;
  livePosition: number;
  rebuildPosition: number;
  tables: TableComparison[];
}

export interface Rebuild {
  state: 'requested' | 'folding' | 'held' | 'released';
  revision: string | null;
  reason: string | null;
  position: number;
  target: number;
  percent: number;
  rate: number;
  etaSeconds: number | null;
  parkedKeys: number;
  report: RebuildReport | null;
}

export interface Projection {
  name: string;
  revision: string;
  partitions: number;
  position: number;
  logPosition: number;
  lagEvents: number;
  lagSeconds: number;
  status: ProjectionState;
  reason: string | null;
  rate: number;
  etaSeconds: number | null;
  parkedKeys: number;
  rebuild: Rebuild | null;
  lastRebuild: RebuildReport | null;
}

export interface ParkedKey {
  key: string;
  position: number;
  event: StoredEvent;
  error: string;
  attempts: number;
  failures: { at: string; ms: number; error: string }[];
  state: 'parked' | 'retrying' | 'trying';
  retryAt: string | null;
  parkedAt: string;
  waiting: number;
}

export interface RetryOutcome {
  key: string;
  folded: number;
  parked?: { position: number; error: string };
}

export interface PastRebuild {
  id: number;
  /** A rebuild that is outdated begins again, and keeps it. */
  startedAt: string;
  endedAt: string;
  revision: string | null;
  reason: string | null;
  hold: boolean;
  outcome: 'exchanged' | 'cancelled' | 'outdated';
  by: string | null;
  report: RebuildReport | null;
}

export interface Operation {
  id: number;
  at: string;
  actor: string | null;
  act: string;
  parameters: Record<string, unknown>;
  outcome: 'done' | 'refused' | 'failed';
  detail: string | null;
}

export interface ProcessInstance {
  name: string;
  key: string;
  state: 'running' | 'stuck' | 'ended';
  reason: string | null;
  step: number;
  startedAt: string | null;
  lastStepAt: string | null;
  commands: number;
  nextTimerAt: string | null;
}

export interface Timer {
  id: string;
  state: 'pending' | 'fired' | 'failed' | 'cancelled';
  dueAt: string;
  streamId: string;
  type: string;
  data: object;
  process: string | null;
  key: string | null;
  name: string | null;
  createdAt: string | null;
  failure: string | null;
}

export type Severity = 'well' | 'warning' | 'alarm';

export interface Finding {
  severity: Severity;
  code: string;
  title: string;
  detail: string;
  cure: string;
  view: {
    kind: 'projection' | 'parked' | 'rebuild' | 'relay' | 'intake' | 'replica' | 'processes' | 'timers' | 'log';
    name: string | null;
  };
}

export interface Sample {
  at: string;
  /** Null where the database was not asked; so is the rate. */
  head: number | null;
  eventsPerSecond: number | null;
  commandsPerSecond: number;
  p50Ms: number | null;
  p99Ms: number | null;
  conflictsPerSecond: number;
  lagSeconds: Record<string, number>;
}

export interface ServiceProcess {
  id: string;
  /** Null for a process of a build that does not report it yet, as the next two. */
  name: string | null;
  build: string | null;
  startedAt: string | null;
  seenAt: string;
  isAnswering: boolean;
  folds: { projection: string; revision: string; status: string }[];
}

export interface Scanned {
  to: number;
  head: number;
}

/** A page of a bounded search: it may be empty while `nextCursor` is set. */
export interface LogPage extends Page<StoredEvent> {
  scanned: Scanned;
}

export interface StateChange {
  path: string;
  before: unknown;
  after: unknown;
}

export interface StreamStates extends Page<StreamState> {
  aggregate: string;
}

export interface StreamState {
  event: StoredEvent;
  state: object | null;
  changes: StateChange[];
  failure: string | null;
}

export type StoredRow = Record<string, unknown>;

export interface RowsOfTable {
  table: string;
  rows: StoredRow[];
  isCut: boolean;
}

export interface RowsOfKey {
  projection: string;
  key: string;
  position: number;
  parkedAt: number | null;
  tables: RowsOfTable[];
}

export interface RowChange {
  table: string;
  key: StoredRow;
  before: StoredRow | null;
  after: StoredRow | null;
  fields: string[];
}

export interface RowStep {
  event: StoredEvent;
  changes: RowChange[];
  skipped: boolean;
  failure: string | null;
}

export interface RowHistory extends Page<RowStep> {
  scanned: Scanned;
  dependsOnOtherRows: string | null;
  tables: RowsOfTable[];
}

export interface RowRebuild {
  projection: string;
  key: string;
  position: number;
  tables: TableComparison[];
}

export interface TouchedRows {
  projection: string;
  key: string;
  tables: { table: string; key: StoredRow }[];
}

export interface Overview {
  verdict: { severity: Severity; findings: Finding[] };
  log: { head: number | null; time: string | null; eventsPerSecond: number | null };
  commands: {
    perSecond: number;
    p50Ms: number | null;
    p99Ms: number | null;
    conflictsPerSecond: number;
  };
  projections: Projection[];
  processes: ServiceProcess[];
  samples: Sample[];
}
