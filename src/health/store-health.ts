import { Injectable } from '@nestjs/common';
import {
  Database,
  IntakeMonitor,
  LogListener,
  RelayMonitor,
  Replicas,
  ResolvedOptions,
  selectMissing,
} from '../event-sourcing/for-service.js';
import { Projections, type ReplicaState } from '../event-sourcing/index.js';

/** `ok`, or the problem in words, without secrets. */
export interface StoreChecks {
  /** Whether it answers within two seconds. */
  database: string;
  /** Whether it has the tables and functions that this version works with; `unknown` while it does not answer. */
  migrations: string;
  /**
   * Whether the projections of this process fold. `paused` by an operator, and rows of another build, count as fine.
   */
  projections: string;
  /** Whether the relay of this process relays; absent when it has none, or does not relay. */
  relay?: string;
  /** Whether the intake of this process takes messages; absent when it has none, or takes none. */
  intake?: string;
}

/** The state of an event store, as seen from this process. */
export interface StoreReport {
  /** Whether commands and queries are answered; in a strict check, whether projections, relay and intake work, too. */
  isReady: boolean;
  checks: StoreChecks;
  /** How projections hear of new events. */
  notifications: 'listening' | 'polling';
  /**
   * The states of the replicas for queries, in the order of the settings; absent without replicas. They never make the
   * store not ready: the primary answers instead.
   */
  replicas?: ReplicaState[];
}

/** The states of a healthy projection. */
const IN_ORDER = new Set(['running', 'paused', 'standing-by']);

/** The time limit of the database for a check, in ms. */
const PATIENCE_MS = 2_000;

/** The checks of an event store: those of `/health/ready`, of the routes of operators, and of terminus. */
@Injectable()
export class StoreHealth {
  private hasTables = false;

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly projections: Projections,
    private readonly listener: LogListener,
    private readonly relay: RelayMonitor,
    private readonly intake: IntakeMonitor,
    private readonly replicas: Replicas,
  ) {}

  /**
   * @param strict whether a projection, a relay or an intake that stands still makes the store not ready. Default:
   * false, because commands and other queries are still answered, and a balancer would take out all instances at once.
   */
  async check(strict = false): Promise<StoreReport> {
    const database = await outcomeOf(this.database.statements.query('select 1'));
    const migrations = database === 'ok' ? await outcomeOf(this.requireTables()) : 'unknown';
    const checks = {
      database,
      migrations,
      projections: this.checkProjections(),
      ...this.checkRelay(),
      ...this.checkIntake(),
    };
    const replicas = this.replicas.statuses.map(({ state }) => state);
    const decisive = strict ? Object.values(checks) : [database, migrations];
    return {
      isReady: decisive.every((found) => found === 'ok'),
      checks,
      notifications: this.listener.connected ? 'listening' : 'polling',
      ...(replicas.length > 0 && { replicas }),
    };
  }

  /** Found tables are not looked up again: they are not dropped under a running process. */
  private async requireTables(): Promise<void> {
    this.hasTables ||= (await selectMissing(this.database.statements, this.options)).length === 0;
    if (!this.hasTables) throw new Error('migrations are pending');
  }

  private checkRelay(): Pick<StoreChecks, 'relay'> {
    const { state = 'off', divergedAt } = this.relay.report ?? {};
    if (state === 'off') return {};
    if (state === 'running') return { relay: 'ok' };
    return { relay: state === 'diverged' ? `diverged from position ${divergedAt} on` : state };
  }

  private checkIntake(): Pick<StoreChecks, 'intake'> {
    const { state = 'off' } = this.intake.report ?? {};
    if (state === 'off') return {};
    return { intake: state === 'running' ? 'ok' : state };
  }

  private checkProjections(): string {
    const still = this.projections.running
      .map(({ folding: { name }, status: { status } }) => ({ name, status }))
      .filter(({ status }) => !IN_ORDER.has(status));
    return still.length === 0 ? 'ok' : still.map(({ name, status }) => `${name} is ${status}`).join(', ');
  }
}

/** The client does not get the cause: it is in the log. */
async function outcomeOf(check: Promise<unknown>): Promise<string> {
  const timeout = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS).unref());
  return Promise.race([check, timeout]).then(
    () => 'ok',
    () => 'failed',
  );
}
