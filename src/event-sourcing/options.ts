import type { EntityManager } from 'typeorm';
import { overridesOf } from './options/opened-with.js';
import { quoteIdentifier } from './postgres/identifier.js';
import { resolveOptions } from './options/resolve-options.js';
import {
  flag,
  group,
  groupOrFalse,
  number,
  type RulesOf,
  synchronousFunction,
  text,
  wholeNumber,
} from './options/rules.js';

/** A group of options of which any may be left out, and `undefined` leaves it out, too. */
export type Given<Options> = { [Name in keyof Options]?: Options[Name] | undefined };

/**
 * What `EventSourcingModule.forRoot` takes. Every member has a default, which `undefined` means, too, and a range: see
 * the table `RULES` below. The start refuses what is out of it with an `InvalidOptionsError`.
 */
export interface EventSourcingOptions {
  /** The schema of the tables. Default: `eventfold`. */
  schema?: string | undefined;
  /**
   * Gives the `EntityManager` of the transaction that the running function is in, or undefined when it is in none: what
   * a library that keeps transactions in the async context knows. Appends, reads and commands without a `manager` then
   * join that transaction, and what they append is appended right before its commit. Default: none, so that only a
   * `manager` that is given is joined. It is called at each append and read.
   */
  currentTransaction?: CurrentTransactionFunction | undefined;
  /** Whether this process folds projections. Default: true. With false it folds nothing and listens to nothing. */
  projections?: boolean | undefined;
  /**
   * Whether the start ends with a `MissingTablesError` when the schema lacks tables of this version, or a read model
   * its table; and with an `UnfitEnvironmentError` when something else is such that it cannot work, as `eventfold
   * doctor` says. Default: true. False is for a process that only reads before the migrations have run, such as a
   * `Rehearsal`.
   */
  requireTables?: boolean | undefined;
  retry?: Given<RetryOptions> | undefined;
  turns?: Given<TurnOptions> | undefined;
  notifications?: Given<NotificationOptions> | undefined;
  groupCommit?: Given<GroupCommitOptions> | undefined;
  /** Default: `{ every: 100 }`. With false none is written or read. */
  snapshots?: SnapshotOptions | false | undefined;
  /** Default: `{ maxAggregates: 1_000 }`. With false every command loads its aggregate. */
  cache?: CacheOptions | false | undefined;
  /**
   * How long an append waits at most for the appends of others, in ms: for their lock of the log, which a transaction
   * holds from its append to its end. Default: 4,000. Then it fails with an `AppendLockTimeoutError`, which names the
   * holder. An append that had to wait for another batch before may wait twice as long.
   */
  appendLockTimeoutMs?: number | undefined;
  /** How long a query waits at most for a position to be folded, in ms. Default: 2,000. */
  readAfterTimeoutMs?: number | undefined;
  /** How long an idempotency key is remembered at least, in hours. Default: 24. */
  idempotencyKeyHours?: number | undefined;
  /** How often a process that folds deletes keys that are older, in minutes. Default: 10. */
  idempotencyCleanUpMinutes?: number | undefined;
  /**
   * How often a process that folds says what it runs and how that is, in ms, when nothing of it has changed. Default:
   * 5,000, and not more: one that has said nothing for 15 s counts as gone.
   */
  reportIntervalMs?: number | undefined;
  /**
   * How far the clock of the database may be ahead of this process's, in ms. Default: 300,000. Events are recorded with
   * no later time than that, and an event of the log that has one is shown as a fault.
   */
  maxClockAheadMs?: number | undefined;
}

/** A manager without a transaction, such as `dataSource.manager`, counts as none. */
export type CurrentTransactionFunction = () => EntityManager | null | undefined;

/** How `repository.update` deals with version conflicts. */
export interface RetryOptions {
  /** How often the business method runs at most. Default: 3. */
  maxAttempts: number;
  /**
   * Pause before the second try, in ms; it doubles with each further one, and a random part of it is taken. Default:
   * 100.
   */
  baseDelayMs: number;
}

/** How a process that folds makes sure that it hears of events, and of acts of operators. */
export interface NotificationOptions {
  /**
   * How often it looks at the database, in ms, by one statement for all its projections: with a notification to itself,
   * which proves that those of others arrive. Default: 2,000. So late at most it finds an event whose notification was
   * lost, or an act of an older build.
   */
  checkIntervalMs: number;
  /**
   * How long that notification may take, in ms, before projections poll each `turns.pollIntervalMs` instead. Default:
   * 1,000.
   */
  timeoutMs: number;
}

/** How appends that arrive together share a commit. */
export interface GroupCommitOptions {
  /** Batches under way at once. Default: 2, so that the process prepares one while the database is at the other. */
  lanes: number;
  /**
   * Events that each further batch under way must have. Default: 32; half of that was measured to slow 32 clients by an
   * eighth, since each batch pays for a commit, while two of 64 events make 128 clients faster by a sixth.
   */
  laneEvents: number;
  /** Appends that one batch takes at most. Default: 500. */
  maxBatch: number;
  /** Size of a batch at most, in characters of JSON, unless it is a single append. Default: 1 MiB. */
  maxBatchBytes: number;
  /** Appends that wait at most; more are refused with an `OverloadedError`. Default: 10,000. */
  maxWaiting: number;
  /** What those may come to, in characters of JSON. Default: 64 MiB. */
  maxWaitingBytes: number;
}

/** Snapshots of aggregates whose class has a `snapshotRevision`. */
export interface SnapshotOptions {
  /** Events of a stream from one snapshot to the next: about as many as a load has to fold at most. */
  every: number;
}

/** The states of hot aggregates, kept in this process: their commands append without a read. */
export interface CacheOptions {
  /** Aggregates of all classes that are kept at most; the one unused for longest makes room. */
  maxAggregates: number;
}

/** How projections fold the log. */
export interface TurnOptions {
  /**
   * Positions that one transaction covers at most. Default: 4,000; eight times as many while there is a backlog, since
   * it touches the same rows again and again, and a longer turn writes each of them less often.
   */
  size: number;
  /** Positions that one transaction of a rebuild covers at most. Default: 200,000. */
  rebuildSize: number;
  /**
   * How long it may take in ms, rests included. Default: 10,000: until it ends nobody sees progress, a crash undoes it,
   * and no table is vacuumed of what has become old since it began.
   */
  rebuildTurnMs: number;
  /**
   * How long a process that rebuilds rests after each piece of that work while commands come, in times of the processor
   * time that the piece took. Default: 6: a rebuild then takes a seventh of a core, and commands beside it are answered
   * as usual. With 0, and where no commands come, it is several times as fast. It rests less where it gains too little
   * on the log.
   */
  rebuildRest: number;
  /** Rows after which a transaction ends: they are in memory until then. Default: 50,000. */
  maxRows: number;
  /** The same, of a rebuild. Default: 5,000, since much else is in memory then. */
  rebuildRows: number;
  /**
   * Pause, at least, of a projection that has caught up before it looks again, in ms. Default: 10. A busy log is so
   * folded in fewer, larger turns, which leaves the database to the commands.
   */
  pauseMs: number;
  /**
   * How long a projection that has caught up waits before it looks by itself, in ms, while notifications are not proven
   * to arrive: the connection is lost, or a pooler swallows them. Default: 500.
   */
  pollIntervalMs: number;
  /** The same, while they are proven to arrive: see `notifications`. Default: 60,000; at least `pollIntervalMs`. */
  idlePollIntervalMs: number;
  /**
   * How often a process looks what is to be done for a projection, in ms, while it is rebuilt, or while notifications
   * are not proven to arrive. Default: 500; else it is told, and looks each `idlePollIntervalMs`.
   */
  lookIntervalMs: number;
  /**
   * How often a projection whose next event only a newer build can read looks whether that one is past it, in ms.
   * Default: 2,000: each look takes the checkpoint from that one.
   */
  standByMs: number;
  /** Tries of an event, of other causes than the database being away, after which its key is parked. Default: 3. */
  attempts: number;
  /**
   * How long a handler's own failure of the moment at one event, such as a host that does not answer, is waited for, in
   * ms, before it counts as a failure of the event. Default: 60,000: all other keys wait meanwhile.
   */
  patienceMs: number;
  /** Pause after the first failure, in ms; it doubles with each further one, up to 10 s. Default: 100. */
  retryDelayMs: number;
  /** Keys of a projection that are set aside at most, before the projection stops instead. Default: 100. */
  maxParkedKeys: number;
}

/**
 * Ends the name of the channel of notifications, which is made of that of the schema. PostgreSQL cuts names after 63
 * bytes, and refuses such a channel.
 */
const CHANNEL_END = '_appended';
const NAME_BYTES = 63;
const SCHEMA_BYTES = NAME_BYTES - CHANNEL_END.length;

const RETRY_RULES: RulesOf<RetryOptions> = {
  maxAttempts: wholeNumber(1, 100, 3),
  baseDelayMs: number(0, 60_000, 100),
};

const RULES: RulesOf<EventSourcingOptions> = {
  schema: text(
    SCHEMA_BYTES,
    'eventfold',
    ` ("<schema>${CHANNEL_END}" is a name, too, and has ${NAME_BYTES} at most)`,
  ),
  currentTransaction: synchronousFunction('that gives an EntityManager or undefined'),
  projections: flag(true),
  requireTables: flag(true),
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
  groupCommit: group<GroupCommitOptions>({
    lanes: wholeNumber(1, 16, 2),
    laneEvents: wholeNumber(1, 1_000_000, 32),
    maxBatch: wholeNumber(1, 10_000, 500),
    maxBatchBytes: wholeNumber(1, 2 ** 28, 2 ** 20),
    maxWaiting: wholeNumber(1, 10_000_000, 10_000),
    maxWaitingBytes: wholeNumber(1, 2 ** 40, 2 ** 26),
  }),
  snapshots: groupOrFalse<SnapshotOptions>({ every: wholeNumber(1, 1_000_000, 100) }),
  cache: groupOrFalse<CacheOptions>({ maxAggregates: wholeNumber(1, 1_000_000, 1_000) }),
  appendLockTimeoutMs: wholeNumber(10, 600_000, 4_000),
  readAfterTimeoutMs: number(0, 600_000, 2_000),
  idempotencyKeyHours: number(0.01, 87_600, 24),
  idempotencyCleanUpMinutes: number(0.01, 1_440, 10),
  reportIntervalMs: number(100, 5_000, 5_000),
  maxClockAheadMs: number(1_000, 31_536_000_000, 300_000),
};

/** The options with every default filled in: what the parts of the core inject. */
export class ResolvedOptions {
  declare readonly schema: string;
  declare readonly currentTransaction: CurrentTransactionFunction | undefined;
  declare readonly projections: boolean;
  declare readonly requireTables: boolean;
  declare readonly retry: RetryOptions;
  declare readonly turns: TurnOptions;
  declare readonly notifications: NotificationOptions;
  declare readonly groupCommit: GroupCommitOptions;
  declare readonly snapshots: SnapshotOptions | false;
  declare readonly cache: CacheOptions | false;
  declare readonly appendLockTimeoutMs: number;
  declare readonly readAfterTimeoutMs: number;
  declare readonly idempotencyKeyHours: number;
  declare readonly idempotencyCleanUpMinutes: number;
  declare readonly reportIntervalMs: number;
  declare readonly maxClockAheadMs: number;

  /** @throws InvalidOptionsError naming each option that breaks its rule */
  constructor(options: EventSourcingOptions = {}) {
    const stated = resolveOptions(options, RULES);
    Object.assign(this, stated, overridesOf(stated));
  }

  /** Those of `repository.update`, which stand over the ones of the store. @throws InvalidOptionsError */
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

  /** The schema, quoted for SQL. */
  get quotedSchema(): string {
    return quoteIdentifier(this.schema);
  }

  /** A table or function of the schema, quoted for SQL. */
  qualified(name: string): string {
    return `${this.quotedSchema}.${name}`;
  }
}
