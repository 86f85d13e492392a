import type { EntityManager } from 'typeorm';

/** A group of options. Any may be left out, or given as `undefined`, which means the same. */
export type Given<Options> = { [Name in keyof Options]?: Options[Name] | undefined };

/**
 * The options of `EventSourcingModule.forRoot`. Every option has a default, also when it is `undefined`, and a range:
 * see `RULES` in `options.ts`. The start refuses a value out of range with an `InvalidOptionsError`.
 */
export interface EventSourcingOptions {
  /** The schema of the tables. Default: `eventfold`. */
  schema?: string | undefined;
  /**
   * Where the log is, when it is not in the database of the data source, such as `jetstreamLog({ servers, stream })` of
   * `nest-eventfold/jetstream`. Default: in that database. With it the process folds projections, and refuses commands,
   * appends and reads of streams with a `NoLogError`.
   */
  log?: OpenLog | undefined;
  /**
   * Returns the `EntityManager` of the transaction that the running function is in, or undefined when it is in none, as
   * a library that keeps transactions in the async context knows. Appends, reads and commands without a `manager` then
   * join that transaction, and their events are appended right before its commit. Default: none, so that only a given
   * `manager` is joined. Called at each append and read.
   */
  currentTransaction?: CurrentTransactionFunction | undefined;
  /** Whether this process folds projections. Default: true. With false it folds nothing and does not listen. */
  projections?: boolean | undefined;
  /**
   * Whether the start checks the database. It throws a `MissingTablesError` when the schema lacks tables of this
   * version, or a read model lacks its table. It throws an `UnfitEnvironmentError` for any other fault that `eventfold
   * doctor` calls wrong. Default: true. False is for a process that only reads before the migrations have run, such as
   * a `Rehearsal`.
   */
  requireTables?: boolean | undefined;
  /** Where the keys of personal fields come from. Needed when an event class declares some. Default: nowhere. */
  privacy?: Given<PrivacyOptions> | undefined;
  retry?: Given<RetryOptions> | undefined;
  turns?: Given<TurnOptions> | undefined;
  notifications?: Given<NotificationOptions> | undefined;
  timers?: Given<TimerWorkOptions> | undefined;
  groupCommit?: Given<GroupCommitOptions> | undefined;
  /** Default: `{ every: 100 }`. With false no snapshot is written or read. */
  snapshots?: SnapshotOptions | false | undefined;
  /** With false every command loads its aggregate. */
  cache?: Given<CacheOptions> | false | undefined;
  /**
   * How long an append may wait for other appends, in ms: for the lock of the log, which a transaction holds from its
   * append to its end. Default: 4,000. Then it fails with an `AppendLockTimeoutError`, which names the holder. An
   * append that first waited for another batch may wait twice as long.
   */
  appendLockTimeoutMs?: number | undefined;
  /** How long a query may wait for a position to be folded, in ms. Default: 2,000. */
  readAfterTimeoutMs?: number | undefined;
  /**
   * How far a replica of the data source may be behind the primary, in ms, and still answer queries
   * (`ProjectionProgress.read`). Default: 5,000.
   */
  replicaMaxLagMs?: number | undefined;
  /** The shortest time between two answers of `LiveFeed.watch`, in ms. Default: 250. */
  liveIntervalMs?: number | undefined;
  /** How many clients may follow a feed of this process over HTTP. Default: 2,000. More get 503 `live.too-many`. */
  liveMaxConnections?: number | undefined;
  /** How long an idempotency key is kept, at least, in hours. Default: 24. */
  idempotencyKeyHours?: number | undefined;
  /** How often a folding process deletes expired keys, in minutes. Default: 10. */
  idempotencyCleanUpMinutes?: number | undefined;
  /**
   * How often a process reports that it lives and what it folds, in ms, when nothing has changed. Default: 5,000, which
   * is also the maximum: a process without a report for 15 s counts as gone.
   */
  reportIntervalMs?: number | undefined;
  /** The name of this process for operators, at most 200 bytes. Default: the name of the machine and the process id. */
  processName?: string | undefined;
  /**
   * The build that this process runs, for operators, at most 200 bytes: a version, or the commit that it was made from.
   * Default: the version in the `package.json` of the program, or `unknown` without one.
   */
  build?: string | undefined;
  /**
   * How far the clock of the database may be ahead of this process's, in ms. Default: 300,000. No event is recorded
   * with a later time, and an event of the log with a later time is reported as a fault.
   */
  maxClockAheadMs?: number | undefined;
}

/**
 * Returns the manager of the running transaction. A manager without a transaction, such as `dataSource.manager`, counts
 * as none.
 */
export type CurrentTransactionFunction = () => EntityManager | null | undefined;

/** Opens a log that is elsewhere. What it is given and what it opens is no part of the interface. */
export type OpenLog = (parts: never) => object;

/** How `repository.update` deals with version conflicts. */
export interface RetryOptions {
  /**
   * How many attempts an update has, of which each ends with a conflict on the current state. Default: 3. The business
   * method may run several times in one attempt, also with 1: on a state that turns out to be behind the log, and when
   * an append of this process that it builds on is not stored.
   */
  maxAttempts: number;
  /**
   * Pause before the second try, in ms. It doubles with each further try, and a random part of it is taken. Default:
   * 100.
   */
  baseDelayMs: number;
}

/** How a folding process makes sure that it hears of events, and of acts of operators. */
export interface NotificationOptions {
  /**
   * How often it looks at the database, in ms, with one statement for all its projections. The statement sends a
   * notification to the process itself, which proves that other notifications arrive. Default: 2,000. This is the
   * longest delay for an event whose notification was lost, or for an act of an older build.
   */
  checkIntervalMs: number;
  /**
   * How long that notification may take, in ms, before projections poll each `turns.pollIntervalMs` instead. Default:
   * 1,000.
   */
  timeoutMs: number;
}

/** How a folding process fires timers. */
export interface TimerWorkOptions {
  /**
   * The most timers that fire in a second, in all processes of the store together. Default: 5,000. Those that were due
   * while no process ran fire in their order, at this rate.
   */
  maxPerSecond: number;
  /**
   * How often it looks for due timers, in ms, besides the times that it knows of. Default: 5,000. This is the longest
   * delay for a timer whose notification was lost. It looks each `turns.pollIntervalMs` while notifications are not
   * proven to arrive. All processes of a store should have the same.
   */
  pollIntervalMs: number;
}

/** How simultaneous appends share a commit. */
export interface GroupCommitOptions {
  /**
   * How many batches are sent at once. Default: 2, so that the process prepares one while the database works on the
   * other.
   */
  lanes: number;
  /**
   * How many events a further batch needs while one is being sent. Default: 32. Measured: 16 slows 32 clients by an
   * eighth, since each batch pays for a commit, while two batches of 64 events make 128 clients faster by a sixth.
   */
  laneEvents: number;
  /** Most appends in one batch. Default: 500. */
  maxBatch: number;
  /** Maximum size of a batch, in characters of JSON, unless it is a single append. Default: 1 MiB. */
  maxBatchBytes: number;
  /** Most appends that may wait; more are refused with an `OverloadedError`. Default: 10,000. */
  maxWaiting: number;
  /** Maximum size of the waiting appends, in characters of JSON. Default: 64 MiB. */
  maxWaitingBytes: number;
}

/** Snapshots of aggregates whose class has a `snapshotRevision`. */
export interface SnapshotOptions {
  /** Events of a stream from one snapshot to the next, which is about the most that a load has to fold. */
  every: number;
}

/** The cache of hot aggregates in this process: their commands append without a read. */
export interface CacheOptions {
  /**
   * Most aggregates in the cache, of all classes. The least recently used one is dropped first. Default: 1,000.
   */
  maxAggregates: number;
  /**
   * Most bytes of their states, about. Default: 2^25 (32 MB). A larger state is not kept. Past states, which questions
   * about earlier versions leave, may take as many again.
   */
  maxBytes: number;
}

/** How projections fold the log. */
export interface TurnOptions {
  /**
   * Most positions that one transaction covers. Default: 4,000, and eight times as many during a backlog: the same rows
   * are touched again and again, and a longer turn writes each of them less often.
   */
  size: number;
  /** Most positions that one transaction of a rebuild covers. Default: 200,000. */
  rebuildSize: number;
  /**
   * How long such a transaction may take in ms, rests included. Default: 10,000. Until it ends its progress is not
   * visible, a crash undoes it, and no table is vacuumed of rows that became old since it began.
   */
  rebuildTurnMs: number;
  /**
   * How long a rebuilding process rests after each piece of work while commands come, as a multiple of the processor
   * time of that piece. Default: 6: a rebuild then takes a seventh of a core, and commands beside it are answered as
   * usual. With 0, or without commands, a rebuild is several times as fast. It rests less when it gains too little on
   * the log.
   */
  rebuildRest: number;
  /** Changed rows after which a transaction ends: they are in memory until then. Default: 50,000. */
  maxRows: number;
  /** The same for a rebuild. Default: 5,000, since much else is in memory then. */
  rebuildRows: number;
  /**
   * Shortest pause of a projection that has caught up, in ms. Default: 10. So a busy log is folded in fewer, larger
   * turns, which leaves the database to the commands.
   */
  pauseMs: number;
  /**
   * How long a projection that has caught up waits before it looks by itself, in ms, while notifications are not proven
   * to arrive: the connection is lost, or a pooler swallows them. Default: 500.
   */
  pollIntervalMs: number;
  /**
   * The same while notifications are proven to arrive: see `notifications`. Default: 60,000; at least `pollIntervalMs`.
   */
  idlePollIntervalMs: number;
  /**
   * How often a process looks for work on a projection, in ms, during a rebuild, or while notifications are not proven
   * to arrive. Default: 500. Otherwise it is notified, and looks each `idlePollIntervalMs`.
   */
  lookIntervalMs: number;
  /**
   * How often a projection whose next event only a newer build can read checks whether that build has folded it, in ms.
   * Default: 2,000: each check takes the checkpoint from the newer build for a moment.
   */
  standByMs: number;
  /**
   * How often an event is tried before its key is parked. Tries that fail because the database is away do not count.
   * Default: 3.
   */
  attempts: number;
  /**
   * How long a transient failure of a handler at one event, such as a host that does not answer, is waited for, in ms,
   * before it counts as a failure of the event. Default: 60,000. All other keys wait meanwhile.
   */
  patienceMs: number;
  /** Pause after the first failure, in ms; it doubles with each further one, up to 10 s. Default: 100. */
  retryDelayMs: number;
  /** Most parked keys of a projection. When another key fails, the projection stops instead. Default: 100. */
  maxParkedKeys: number;
}

/** How the keys of persons are kept safe, under which personal fields are stored. One of the two is given. */
export interface PrivacyOptions {
  /**
   * The master keys that wrap the keys of persons in the database. The first wraps, and all can unwrap. With
   * `kept-in-database` one is made once and kept beside what it wraps: whoever can read the whole database can read
   * all.
   */
  masterKeys?: readonly MasterKey[] | 'kept-in-database' | undefined;
  /** The host's own vault, in place of master keys. */
  vault?: KeyVault | undefined;
  /**
   * The file of the ledger of erasures: see `ErasureService`. It belongs where backups of the database do not reach,
   * and where all processes see the same file. Default: none, so that a restored backup brings erased persons back
   * unnoticed.
   */
  ledger?: string | undefined;
  /**
   * In a process whose log is elsewhere (`log`): the database of the log, which has the keys of persons. They are read
   * there, and never written. Default: none, so that such a process reads personal fields as after an erasure.
   */
  keys?: KeysElsewhere | undefined;
}

/** Where the keys of persons are, when they are not in the database of the data source. */
export interface KeysElsewhere {
  /** `postgres://...` of a role that may read `subject_keys` and `master_keys`. */
  readonly url: string;
  /** The schema of the log. Default: `eventfold`. */
  readonly schema?: string | undefined;
}

/** A master key. */
export interface MasterKey {
  /** From 1. It is stored with what the key wraps, and means this key for ever. */
  readonly number: number;
  /** 32 random bytes. */
  readonly key: Uint8Array;
}

/** Keeps the keys of persons safe, such as a key management service does. Its methods may be called at once. */
export interface KeyVault {
  /**
   * The number of the master key with which `wrap` wraps now. Raise it when that key changes, so that `eventfold
   * privacy rewrap` finds what was wrapped before. Default: 0.
   */
  readonly master?: number;
  /** Encrypts keys. @returns what is stored of each, in the same order */
  wrap(keys: readonly PlainKey[]): Promise<readonly Uint8Array[]>;
  /** Decrypts keys. @returns the 32 bytes of each, in the same order */
  unwrap(keys: readonly WrappedKey[]): Promise<readonly Uint8Array[]>;
}

/** A key of a person. */
export interface PlainKey {
  /** A UUID. */
  readonly id: string;
  readonly key: Uint8Array;
}

/** A key of a person as it is stored. */
export interface WrappedKey {
  readonly id: string;
  /** The `master` of the vault when it was wrapped. */
  readonly master: number;
  readonly wrapped: Uint8Array;
}
