import { describe, expect, it } from '@jest/globals';
import type { ProjectionStatus } from '../../event-sourcing/index.js';
import { FINDINGS } from './findings.js';
import { type Facts, verdictOn } from './verdict.js';

const PROJECTION: ProjectionStatus = {
  name: 'orders',
  revision: '1',
  partitions: 1,
  position: 10,
  logPosition: 10,
  lagEvents: 0,
  lagSeconds: 0,
  status: 'running',
  reason: null,
  rate: 0,
  etaSeconds: 0,
  parkedKeys: 0,
  retryingKeys: 0,
  rebuild: null,
  lastRebuild: null,
};

const WELL: Facts = {
  checks: { database: 'ok', migrations: 'ok' },
  projections: [PROJECTION],
  relay: undefined,
  intake: undefined,
  replicas: [],
  timers: undefined,
  stuckProcesses: [],
  aheadMs: 0,
};

const RELAY = {
  state: 'running',
  position: 1,
  logPosition: 1,
  lagSeconds: 0,
  divergedAt: null,
  reason: null,
} as const;
const INTAKE = {
  state: 'running',
  waitingFor: null,
  pending: 0,
  held: 0,
  messages: { appended: 1, duplicate: 0, rejected: 0, failed: 0 },
} as const;
const REBUILD = {
  state: 'held',
  revision: '2',
  reason: null,
  position: 10,
  target: 10,
  percent: 100,
  rate: 0,
  etaSeconds: 0,
  parkedKeys: 0,
  report: null,
} as const;

const projection = (over: Partial<ProjectionStatus>): Partial<Facts> => ({
  projections: [{ ...PROJECTION, ...over }],
});
const codesOf = (over: Partial<Facts>) => verdictOn({ ...WELL, ...over }).findings.map(({ code }) => code);

describe('the verdict on a store', () => {
  it('is that all is well without a finding', () => {
    expect(verdictOn({ ...WELL, relay: RELAY, intake: INTAKE })).toEqual({ severity: 'well', findings: [] });
  });

  it.each<[string, Partial<Facts>]>([
    ['database.away', { checks: { database: 'failed', migrations: 'unknown' } }],
    ['database.incomplete', { checks: { database: 'ok', migrations: 'failed' } }],
    ['projection.stopped', projection({ status: 'stopped', parkedKeys: 100 })],
    ['projection.no-worker', projection({ status: 'no-worker' })],
    ['projection.blocked', projection({ status: 'blocked', lagSeconds: 90 })],
    ['projection.retrying', projection({ status: 'retrying', lagSeconds: 90 })],
    ['projection.standing-by', projection({ status: 'standing-by' })],
    ['projection.lagging', projection({ lagSeconds: 31 })],
    ['projection.lagging', projection({ status: 'paused', reason: 'Paused by an operator', lagSeconds: 31 })],
    ['projection.parked', projection({ parkedKeys: 1 })],
    ['rebuild.held', projection({ rebuild: REBUILD })],
    ['rebuild.waiting', projection({ rebuild: { ...REBUILD, state: 'folding', reason: 'No process' } })],
    ['relay.diverged', { relay: { ...RELAY, state: 'diverged', divergedAt: 3 } }],
    ['relay.waiting', { relay: { ...RELAY, state: 'waiting', reason: 'for the broker' } }],
    ['relay.behind', { relay: { ...RELAY, lagSeconds: 31 } }],
    ['intake.stopped', { intake: { ...INTAKE, state: 'stopped' } }],
    ['intake.waiting', { intake: { ...INTAKE, state: 'waiting', waitingFor: 'the stream' } }],
    ['intake.rejected', { intake: { ...INTAKE, messages: { ...INTAKE.messages, rejected: 2 } } }],
    ['replica.left-out', { replicas: [{ address: 'b:5432', state: 'behind', lagMs: 6_000 }] }],
    ['log.clock-ahead', { aheadMs: 3_600_000 }],
  ])('has %s for %j', (code, over) => {
    expect(codesOf(over)).toEqual([code]);
  });

  it('has no finding for what passes by itself, or was asked for', () => {
    expect(codesOf(projection({ status: 'starting' }))).toEqual([]);
    expect(codesOf(projection({ status: 'paused', lagSeconds: 5 }))).toEqual([]);
    expect(codesOf(projection({ rebuild: { ...REBUILD, state: 'folding' } }))).toEqual([]);
    expect(codesOf({ replicas: [{ address: 'b:5432', state: 'unknown', lagMs: undefined }] })).toEqual([]);
  });

  it('has the worst first, and is as severe as that', () => {
    const { severity, findings } = verdictOn({
      ...WELL,
      projections: [
        { ...PROJECTION, name: 'a', parkedKeys: 2 },
        { ...PROJECTION, name: 'b', status: 'no-worker', reason: 'No process runs it' },
      ],
      relay: { ...RELAY, state: 'diverged', divergedAt: 3 },
    });
    expect([severity, ...findings.map(({ code }) => code)]).toEqual([
      'alarm',
      'relay.diverged',
      'projection.no-worker',
      'projection.parked',
    ]);
    expect(findings[1]).toEqual({
      severity: 'alarm',
      code: 'projection.no-worker',
      title: 'b is run by no process',
      detail: 'No process runs it',
      cure: FINDINGS['projection.no-worker'].cure,
      view: { kind: 'projection', name: 'b' },
    });
  });

  it('is as severe as the order of findings says', () => {
    const severities = Object.values(FINDINGS).map(({ severity }) => severity);
    expect(severities).toEqual(severities.toSorted()); // 'alarm' before 'warning'
  });
});
