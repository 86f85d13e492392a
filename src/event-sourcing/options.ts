import { hostname } from 'node:os';
import type {
  CacheOptions,
  CurrentTransactionFunction,
  EventSourcingOptions,
  Given,
  GroupCommitOptions,
  NotificationOptions,
  OpenLog,
  PrivacyOptions,
  RetryOptions,
  SnapshotOptions,
  TimerWorkOptions,
  TurnOptions,
} from './options/event-sourcing-options.js';
import { requireNoneOfLog } from './options/options-of-log.js';
import { PRIVACY_RULES, requireKeysHere, requireOneVault } from './options/privacy-rules.js';
import { overridesOf } from './options/opened-with.js';
import { quoteIdentifier } from './postgres/identifier.js';
import { CHANNEL_END, SCHEMA_NAME } from './options/schema-name.js';
import { versionOfProgram } from './options/program-version.js';
import { resolveOptions } from './options/resolve-options.js';
import {
  flag,
  group,
  groupOrFalse,
  number,
  type Rule,
  type RulesOf,
  synchronousFunction,
  text,
  wholeNumber,
} from './options/rules.js';

const RETRY_RULES: RulesOf<RetryOptions> = {
  maxAttempts: wholeNumber(1, 100, 3),
  baseDelayMs: number(0, 60_000, 100),
};

const LOG_ELSEWHERE: Rule<OpenLog> = {
  isOptional: true,
  says: 'what jetstreamLog({ servers, stream }) returns',
  accepts: (value) => typeof value === 'function',
};

/** The rules for the options of an event store, and their defaults. */
export const RULES: RulesOf<EventSourcingOptions> = {
  schema: SCHEMA_NAME,
  log: LOG_ELSEWHERE,
  currentTransaction: synchronousFunction('that gives an EntityManager or undefined'),
  projections: flag(true),
  requireTables: flag(true),
  privacy: PRIVACY_RULES,
  retry: group<RetryOptions>(RETRY_RULES),
  turns: group<TurnOptions>({
    size: wholeNumber(1, 1_000_000, 4_000),
    rebuildSize: wholeNumber(1, 10_000_000, 200_000),
    rebuildTurnMs: number(0, 3_600_000, 10_000),
    rebuildRest: number(0, 1_000, 6),
    maxRows: wholeNumber(1, 10_000_000, 50_000),
    rebuildRows: wholeNumber(1, 10_000_000, 5_000),
    pauseMs: number(0, 60_000, 10),
    pollIntervalMs: number(10, 600_000, 500),
    idlePollIntervalMs: number(10, 3_600_000, 60_000),
    lookIntervalMs: number(10, 60_000, 500),
    standByMs: number(10, 600_000, 2_000),
    attempts: wholeNumber(1, 1_000, 3),
    patienceMs: number(0, 86_400_000, 60_000),
    retryDelayMs: number(0, 600_000, 100),
    maxParkedKeys: wholeNumber(0, 1_000_000, 100),
  }),
  notifications: group<NotificationOptions>({
    checkIntervalMs: number(10, 600_000, 2_000),
    timeoutMs: number(10, 60_000, 1_000),
  }),
  timers: group<TimerWorkOptions>({
    maxPerSecond: wholeNumber(1, 1_000_000, 5_000),
    pollIntervalMs: number(10, 600_000, 5_000),
  }),
  groupCommit: group<GroupCommitOptions>({
    lanes: wholeNumber(1, 16, 2),
    laneEvents: wholeNumber(1, 1_000_000, 32),
    maxBatch: wholeNumber(1, 10_000, 500),
    maxBatchBytes: wholeNumber(1, 2 ** 28, 2 ** 20),
    maxWaiting: wholeNumber(1, 10_000_000, 10_000),
    maxWaitingBytes: wholeNumber(1, 2 ** 40, 2 ** 26),
  }),
  snapshots: groupOrFalse<SnapshotOptions>({ every: wholeNumber(1, 1_000_000, 100) }),
  cache: groupOrFalse<CacheOptions>({
    maxAggregates: wholeNumber(1, 1_000_000, 1_000),
    maxBytes: wholeNumber(1, 2 ** 40, 2 ** 25),
  }),
  appendLockTimeoutMs: wholeNumber(10, 600_000, 4_000),
  readAfterTimeoutMs: number(0, 600_000, 2_000),
  replicaMaxLagMs: number(0, 3_600_000, 5_000),
  liveIntervalMs: number(0, 600_000, 250),
  liveMaxConnections: wholeNumber(1, 1_000_000, 2_000),
  idempotencyKeyHours: number(0.01, 87_600, 24),
  idempotencyCleanUpMinutes: number(0.01, 1_440, 10),
  reportIntervalMs: number(100, 5_000, 5_000),
  processName: text(200, `${hostname()}:${process.pid}`),
  build: text(200, versionOfProgram()),
  maxClockAheadMs: number(1_000, 31_536_000_000, 300_000),
};

/** The options with every default filled in, as the parts of the core inject them. */
export class ResolvedOptions {
  declare readonly schema: string;
  declare readonly log: OpenLog | undefined;
  declare readonly currentTransaction: CurrentTransactionFunction | undefined;
  declare readonly projections: boolean;
  declare readonly requireTables: boolean;
  declare readonly privacy: PrivacyOptions;
  declare readonly retry: RetryOptions;
  declare readonly turns: TurnOptions;
  declare readonly notifications: NotificationOptions;
  declare readonly timers: TimerWorkOptions;
  declare readonly groupCommit: GroupCommitOptions;
  declare readonly snapshots: SnapshotOptions | false;
  declare readonly cache: CacheOptions | false;
  declare readonly appendLockTimeoutMs: number;
  declare readonly readAfterTimeoutMs: number;
  declare readonly replicaMaxLagMs: number;
  declare readonly liveIntervalMs: number;
  declare readonly liveMaxConnections: number;
  declare readonly idempotencyKeyHours: number;
  declare readonly idempotencyCleanUpMinutes: number;
  declare readonly reportIntervalMs: number;
  declare readonly processName: string;
  declare readonly build: string;
  declare readonly maxClockAheadMs: number;

  /** @throws InvalidOptionsError naming each option that breaks its rule */
  constructor(options: EventSourcingOptions = {}) {
    const stated = resolveOptions(options, RULES);
    Object.assign(this, stated, overridesOf(stated));
    requireOneVault(this.privacy);
    if (this.hasLog) requireKeysHere(this.privacy);
    else requireNoneOfLog(options);
  }

  /** The retry options of one `repository.update`, which override those of the store. @throws InvalidOptionsError */
  retryOf(over: Given<RetryOptions> | undefined): RetryOptions {
    if (over === undefined) return this.retry;
    const given = Object.entries(over).filter(([, value]) => value !== undefined);
    const all = { ...this.retry, ...Object.fromEntries(given) };
    return resolveOptions(all, RETRY_RULES, 'retry') as RetryOptions;
  }

  /** The channel on which processes tell each other that the log has grown. */
  get logChannel(): string {
    return `${this.schema.replaceAll('"', '')}${CHANNEL_END}`;
  }

  /** Whether the log is in the database of the data source. */
  get hasLog(): boolean {
    return this.log === undefined;
  }

  /** The table that has the last event of the log, quoted for SQL: the log itself, or one row where it is elsewhere. */
  get logEnd(): string {
    return this.qualified(this.hasLog ? 'events' : 'log_end');
  }

  /** The schema, quoted for SQL. */
  get quotedSchema(): string {
    return quoteIdentifier(this.schema);
  }

  /** A table or function of the schema, quoted for SQL. */
  qualified(name: string): string {
    return `${this.quotedSchema}.${name}`;
  }
}
