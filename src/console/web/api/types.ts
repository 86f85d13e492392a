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
  parkedAt: string;
  waiting: number;
}

export interface RetryOutcome {
  key: string;
  folded: number;
  parked?: { position: number; error: string };
}

export interface PastRebuild {
  startedAt: string;
  endedAt: string;
  revision: string;
  reason: string | null;
  hold: boolean;
  outcome: 'exchanged' | 'cancelled' | 'outdated';
  by: string | null;
  report: RebuildReport | null;
}

export interface Operation {
  id: string;
  at: string;
  actor: string | null;
  act: string;
  parameters: Record<string, unknown>;
  outcome: 'done' | 'refused' | 'failed';
  detail: string | null;
}

export type Severity = 'well' | 'warning' | 'alarm';

export interface Finding {
  severity: Severity;
  code: string;
  title: string;
  detail: string;
  cure: string;
  view: {
    kind: 'projection' | 'parked' | 'rebuild' | 'relay' | 'intake' | 'replica' | 'log';
    name: string | null;
  };
}

export interface Sample {
  at: string;
  head: number;
  eventsPerSecond: number;
  commandsPerSecond: number;
  p50Ms: number | null;
  p99Ms: number | null;
  conflictsPerSecond: number;
  lagSeconds: Record<string, number>;
}

export interface ServiceProcess {
  id: string;
  name: string;
  build: string;
  startedAt: string;
  seenAt: string;
  isAnswering: boolean;
  folds: { projection: string; revision: string; status: string }[];
}

export interface Overview {
  verdict: { severity: Severity; findings: Finding[] };
  log: { head: number; time: string | null; eventsPerSecond: number };
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
