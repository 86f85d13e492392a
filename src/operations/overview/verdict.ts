import { type IntakeReport, isAlarming, type RelayStatus } from '../../event-sourcing/for-service.js';
import type {
  ProcessInstance,
  ProjectionStatus,
  ReplicaStatus,
  TimerFigures,
} from '../../event-sourcing/index.js';
import type { StoreChecks } from '../../health/store-health.js';
import { type FindingCode, FINDINGS, LATE_AFTER_S, type Severity, type ViewKind } from './findings.js';

/** Something that an operator should look at. */
export interface Finding {
  severity: Severity;
  code: FindingCode;
  title: string;
  /** What was seen. */
  detail: string;
  cure: string;
  view: { kind: ViewKind; name: string | null };
}

export interface Verdict {
  severity: 'well' | Severity;
  /** The worst first. */
  findings: Finding[];
}

type StuckProcess = Pick<ProcessInstance, 'name' | 'key' | 'reason'>;

/** How many stuck processes are counted. */
export const MOST_STUCK = 100;

/** What is known of a store, by the parts that watch it. */
export interface Facts {
  checks: Pick<StoreChecks, 'database' | 'migrations'>;
  projections: readonly ProjectionStatus[];
  /** Undefined when this process has no relay. */
  relay: RelayStatus | undefined;
  /** Undefined when this process has no intake. */
  intake: IntakeReport | undefined;
  replicas: readonly ReplicaStatus[];
  /** Undefined while they are not known. */
  timers: TimerFigures | undefined;
  /** Those that wait for an operator, or the first hundred of them. */
  stuckProcesses: readonly StuckProcess[];
  /** How far the last event is ahead of the clock, in ms, beyond what clocks may differ by; else 0. */
  aheadMs: number;
}

export function verdictOn(facts: Facts): Verdict {
  const findings = [
    ...ofDatabase(facts.checks),
    ...facts.projections.flatMap(ofProjection),
    ...(facts.relay === undefined ? [] : ofRelay(facts.relay)),
    ...(facts.intake === undefined ? [] : ofIntake(facts.intake)),
    ...facts.replicas.flatMap(ofReplica),
    ...(facts.timers === undefined ? [] : ofTimers(facts.timers)),
    ...ofProcesses(facts.stuckProcesses),
    ...ofClock(facts.aheadMs),
  ].toSorted((one, other) => RANK.indexOf(one.code) - RANK.indexOf(other.code));
  return { severity: findings[0]?.severity ?? 'well', findings };
}

const RANK = Object.keys(FINDINGS) as FindingCode[];

function find(code: FindingCode, detail: string, name: string | null = null): Finding {
  const { severity, title, cure, view } = FINDINGS[code];
  return {
    severity,
    code,
    title: name === null ? title : `${name} ${title}`,
    detail,
    cure,
    view: { kind: view, name },
  };
}

function ofDatabase({ database, migrations }: Facts['checks']): Finding[] {
  if (database !== 'ok') return [find('database.away', 'It gave no answer within two seconds.')];
  return migrations === 'ok' ? [] : [find('database.incomplete', 'Migrations are pending.')];
}

function ofProjection(status: ProjectionStatus): Finding[] {
  return [...ofState(status), ...ofParkedKeys(status), ...ofRebuild(status)];
}

function ofState(projection: ProjectionStatus): Finding[] {
  const { name, status, reason, lagSeconds, lagEvents } = projection;
  if (isAlarming(projection)) return [find(`projection.${status}` as FindingCode, reason ?? '', name)];
  if (lagSeconds <= LATE_AFTER_S) return [];
  const why = reason === null ? '' : ` ${reason}.`;
  const detail = `${number(lagEvents)} events wait, the oldest for ${seconds(lagSeconds)}.${why}`;
  return [find('projection.lagging', detail, name)];
}

/** A key that its reaction retries without an operator is no finding. */
function ofParkedKeys({ name, status, parkedKeys, retryingKeys }: ProjectionStatus): Finding[] {
  const left = parkedKeys - retryingKeys;
  if (left === 0 || status === 'stopped') return [];
  const detail = left === 1 ? '1 key is not folded.' : `${number(left)} keys are not folded.`;
  return [find('projection.parked', detail, name)];
}

function ofRebuild({ name, rebuild }: ProjectionStatus): Finding[] {
  if (rebuild?.state === 'held') return [find('rebuild.held', rebuild.reason ?? '', name)];
  const reason = rebuild?.reason ?? null;
  return reason === null ? [] : [find('rebuild.waiting', reason, name)];
}

function ofRelay({ state, reason, divergedAt, lagSeconds }: RelayStatus): Finding[] {
  if (state === 'diverged') return [find('relay.diverged', `They differ from position ${divergedAt} on.`)];
  if (state === 'waiting') return [find('relay.waiting', reason ?? '')];
  if ((lagSeconds ?? 0) <= LATE_AFTER_S) return [];
  return [find('relay.behind', `The oldest event waits for ${seconds(lagSeconds!)}.`)];
}

function ofIntake({ state, waitingFor, messages: { rejected } }: IntakeReport): Finding[] {
  const detail = `${number(rejected)} since the start of this process.`;
  return [
    ...(state === 'stopped' ? [find('intake.stopped', 'It takes no messages.')] : []),
    ...(state === 'waiting' ? [find('intake.waiting', waitingFor ?? '')] : []),
    ...(rejected > 0 ? [find('intake.rejected', detail)] : []),
  ];
}

const LEFT_OUT = new Set<ReplicaStatus['state']>(['behind', 'ahead', 'away']);

function ofReplica({ address, state, lagMs }: ReplicaStatus): Finding[] {
  if (!LEFT_OUT.has(state)) return [];
  const lag = lagMs === undefined ? '' : `, by ${seconds(lagMs / 1_000)}`;
  return [find('replica.left-out', `It is ${state}${lag}.`, address)];
}

function ofTimers({ failed, overdueSeconds }: TimerFigures): Finding[] {
  const detail = `The oldest is due for ${seconds(overdueSeconds)}.`;
  const count = failed === 1 ? '1 timer is set aside.' : `${number(failed)} timers are set aside.`;
  return [
    ...(overdueSeconds > LATE_AFTER_S ? [find('timers.overdue', detail)] : []),
    ...(failed > 0 ? [find('timers.failed', count)] : []),
  ];
}

function ofProcesses(stuck: readonly StuckProcess[]): Finding[] {
  const [first] = stuck;
  if (first === undefined) return [];
  const count = stuck.length < MOST_STUCK ? number(stuck.length) : `${MOST_STUCK} or more`;
  const detail = `${count} ${stuck.length === 1 ? 'waits' : 'wait'} for an operator, such as ${first.name} ${first.key}: ${first.reason}`;
  return [find('processes.stuck', detail)];
}

const ofClock = (aheadMs: number): Finding[] =>
  aheadMs === 0
    ? []
    : [find('log.clock-ahead', `It is ${seconds(aheadMs / 1_000)} ahead of the clock of this process.`)];

const seconds = (value: number) => `${number(Math.round(value))} s`;
const number = (value: number) => value.toLocaleString('en');
