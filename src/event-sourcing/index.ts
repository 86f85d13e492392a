export {
  AggregateRoot,
  type AggregateClass,
  type Evolve,
  type StoredState,
} from './aggregate/aggregate-root.js';
export { getAggregatesToken, InjectAggregates } from './aggregate/aggregates.js';
export type { StateChange } from './aggregate/state-changes.js';
export {
  type StreamState,
  StreamStates,
  type StreamStatesOptions,
  type StreamStatesPage,
} from './aggregate/stream-states.js';
export { Clock } from './clock.js';
export {
  DomainEvent,
  type EventClass,
  type EventMetadata,
  type Recorded,
  type StoredEvent,
  type Upcaster,
} from './event/domain-event.js';
export {
  AggregateNotFoundError,
  NoAggregateError,
  PastStatesBusyError,
  RaisedDuringAppendError,
  StreamNotFoundError,
  UnexpectedEventError,
} from './aggregate/aggregate-errors.js';
export {
  AppendInsideTransactionError,
  AppendLockTimeoutError,
  AppendsClosedError,
  ConcurrencyError,
  OverloadedError,
  PartialDuplicateError,
  RepeatedCallError,
  VersionMismatchError,
} from './log/append/append-errors.js';
export { ClocksDifferError } from './log/clock/clocks-differ.error.js';
export { EventfoldError, type ErrorKind } from './errors.js';
export { AnswerNotKnownError } from './idempotency/answer-not-known.error.js';
export { IdempotencyKeyReusedError } from './idempotency/idempotency-key-reused.error.js';
export {
  InvalidAppendError,
  UnknownEventTypeError,
  UnknownSchemaVersionError,
} from './event/event-errors.js';
export { SecondAppendError } from './event/second-append.error.js';
export { TransactionAbortedError } from './postgres/transaction-aborted.error.js';
export { EventRegistry } from './event/event-registry.js';
export {
  EventSourcedRepository,
  type SaveOptions,
  type UpdateOptions,
} from './aggregate/event-sourced-repository.js';
export { EventSourcingModule } from './event-sourcing.module.js';
export type {
  EventSourcingAsyncOptions,
  EventSourcingFeature,
  EventSourcingOptionsFactory,
  EventStoreName,
} from './module/module-options.js';
export type {
  AppendAtCommit,
  AppendOptions,
  AppendResult,
  EventToAppend,
  ExpectedVersion,
  PendingAppend,
  StreamAppend,
} from './log/append/append.js';
export { EventStore } from './log/event-store.js';
export { NestedUpdateError } from './log/nested-update.error.js';
export {
  CurrentTransactionError,
  NotCommittedError,
  TransactionConflictError,
} from './log/append/transaction-errors.js';
export type { PendingEvent } from './log/append/appends.js';

export { IdempotentCall } from './event/idempotent-call.js';
export { NoLogError } from './event/no-log.error.js';
export { MessageContext, type Message } from './event/message-context.js';
export type {
  CacheOptions,
  CurrentTransactionFunction,
  EventSourcingOptions,
  GroupCommitOptions,
  NotificationOptions,
  OpenLog,
  RetryOptions,
  SnapshotOptions,
  TurnOptions,
} from './options/event-sourcing-options.js';
export { InvalidArgumentError } from './options/require-arguments.js';
export { InvalidOptionsError } from './options/resolve-options.js';
export { LogClock, type LogEnd } from './log/clock/log-clock.js';
export { LiveFeed, type LiveEventsOptions, type WatchOptions } from './live/live-feed.js';
export { TooManyLiveConnectionsError } from './live/live-connections.js';
export type { ReadRows, Watched } from './live/row-watch.js';
export type { EventConditions } from './live/event-filter.js';
export { type LogMark } from './log/verify/log-digest.js';
export type { EventsAhead } from './log/clock/correct-times.sql.js';
export type { LogFault } from './log/verify/log-checks.js';
export type { LogFinding } from './log/verify/log-finding.js';
export { LogSearch, type LogSearchOptions, type LogSearchPage } from './log/search/log-search.js';
export { ScanBusyError } from './log/search/scan-limit.js';
export {
  LogVerifier,
  type UnknownType,
  type Verification,
  type VerificationTask,
} from './log/verify/log-verifier.js';

export { type ActName, type Operation, type OperationOutcome } from './operations/operation.js';
export { OperationsLog, type OperationsPage } from './operations/operations-log.js';
export {
  Projection,
  touches,
  type FoldsWithSettings,
  type ProjectionOptions,
  type TouchedRows,
} from './projection/declare/projection.decorator.js';
export { PoolExhaustedError } from './postgres/pool-exhausted.error.js';
export type {
  HistoryItem,
  RowChange,
  RowHistoryOptions,
  RowHistoryPage,
  RowsOfKey,
  RowsOfTable,
  TouchedRowsOfEvent,
} from './projection/explain/explanation.js';
export {
  EventNotFoundError,
  RowNotFoundError,
  ScanUnfinishedError,
} from './projection/explain/explanation-errors.js';
export { RowHistory } from './projection/explain/row-history.js';
export type { RowRebuild } from './projection/explain/row-rebuilds.js';
export type { RowImage } from './projection/explain/row-image.js';
export type { ParkedKeysPage, RetryOutcome } from './projection/parking/parked-keys.js';
export { UnsupportedColumnError } from './projection/columns/unsupported-column.js';
export type { ParkedKey } from './projection/turn/parking.sql.js';
export {
  NotCaughtUpError,
  ProjectionBusyError,
  ProjectionNotFoundError,
  ProjectionStateError,
} from './projection/projection-errors.js';
export { ProjectionOperations, type RebuildEndsPage } from './projection/operate/projection-operations.js';
export type { ProjectionState } from './projection/operate/projection-states.js';
export type { ProjectionStatus, RebuildStatus } from './projection/operate/projection-status.js';
export { Reaction, type ReactionOptions } from './projection/declare/reaction.decorator.js';
export { Rehearsal } from './rehearsal/rehearsal.js';
export {
  type RehearsalOptions,
  type RehearsalProgress,
  type RehearsalReport,
} from './rehearsal/rehearsal-report.js';
export type { UnsureBreakage } from './rehearsal/failure-attribution.js';
export type { Breakage, RehearsedType } from './rehearsal/breakage-count.js';

export { type RebuildState } from './projection/rebuild/rebuild-states.js';
export type { RebuildEnd, RebuildOutcome } from './projection/rebuild/rebuild-history.sql.js';
export type { RebuildReport, TableComparison } from './projection/rebuild/rebuild-report.js';

export { ProjectionProgress } from './projection/run/projection-progress.js';
export type { OnConnection } from './postgres/replica-pools.js';
export type { ReplicaStatus } from './replicas/replica.js';
export type { ReplicaState } from './replicas/replica-state.js';
export { Projections } from './projection/run/projections.js';
export {
  Telemetry,
  type TelemetryObserver,
  type TurnSubject,
  type VerdictOnEvent,
} from './telemetry/telemetry.js';

export { isTransient } from './postgres/transient-failure.js';

export { UnfitEnvironmentError } from './doctor/require-fit.js';
export { MissingTablesError } from './doctor/required-tables.js';
export { InjectRows, Rows } from './projection/turn/rows.js';
export { getEventStoreToken, InjectEventStore } from './module/stores.js';
export type { FeatureOptions } from './options/feature-options.js';
export { CurrentTurn } from './projection/turn/current-turn.js';
