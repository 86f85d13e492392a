export { AggregateLoader } from './aggregate-loader.js';
export { AggregateRoot, type AggregateClass, type Evolve, type StoredState } from './aggregate-root.js';
export { getAggregatesToken, InjectAggregates } from './aggregates.js';
export { Clock } from './clock.js';
export {
  DomainEvent,
  type EventClass,
  type EventMetadata,
  type Recorded,
  type StoredEvent,
  type Upcaster,
} from './domain-event.js';
export {
  AggregateNotFoundError,
  AppendInsideTransactionError,
  AppendLockTimeoutError,
  ClocksDifferError,
  ConcurrencyError,
  EventfoldError,
  IdempotencyKeyReusedError,
  InvalidAppendError,
  NotCaughtUpError,
  OverloadedError,
  PartialDuplicateError,
  PastStatesBusyError,
  RaisedDuringAppendError,
  RepeatedCallError,
  TransactionAbortedError,
  UnexpectedEventError,
  UnknownEventTypeError,
  UnknownSchemaVersionError,
  VersionMismatchError,
  type ErrorKind,
} from './errors.js';
export { EventRegistry } from './event-registry.js';
export { EventSourcedRepository, type SaveOptions, type UpdateOptions } from './event-sourced-repository.js';
export {
  EventSourcingModule,
  type EventSourcingAsyncOptions,
  type EventSourcingFeature,
  type EventSourcingOptionsFactory,
  type EventStoreName,
} from './event-sourcing.module.js';
export type {
  AppendAtCommit,
  AppendOptions,
  AppendResult,
  EventToAppend,
  ExpectedVersion,
  PendingAppend,
  StreamAppend,
} from './event-store/append.js';
export { EventStore } from './event-store/event-store.js';
export { IdempotencyKeys, type CallOutcome } from './idempotency/idempotency-keys.js';
export { RepeatedRefusal } from './idempotency/repeated-refusal.js';
export { MessageContext, startOfChain, type IdempotentCall, type Message } from './message-context.js';
export type {
  CacheOptions,
  EventSourcingOptions,
  GroupCommitOptions,
  NotificationOptions,
  RetryOptions,
  SnapshotOptions,
  TurnOptions,
} from './options.js';
export { InvalidOptionsError } from './options/resolve-options.js';
export { LogClock } from './event-store/log-clock.js';
export { type LogMark, markOfText } from './event-store/log-digest.js';
export type { EventsAhead } from './event-store/correct-times.sql.js';
export type { LogFault } from './event-store/log-fault.js';
export type { LogFinding } from './event-store/log-finding.js';
export {
  LogVerifier,
  type UnknownType,
  type Verification,
  type VerificationTask,
} from './event-store/log-verifier.js';
export { PreparedQueries } from './prepared-queries.js';
export { LogListener } from './projection/log-listener.js';
export {
  Projection,
  touches,
  type FoldsWithSettings,
  type ProjectionOptions,
  type TouchedRows,
} from './projection/projection.decorator.js';
export { PoolExhaustedError } from './postgres/connection-wait.js';
export type { ParkedKeysPage, RetryOutcome } from './projection/parked-keys.js';
export { UnsupportedColumnError } from './projection/columns/unsupported-column.js';
export type { ParkedKey } from './projection/parking.sql.js';
export {
  ProjectionBusyError,
  ProjectionNotFoundError,
  ProjectionStateError,
} from './projection/projection-errors.js';
export { ProjectionOperations } from './projection/projection-operations.js';
export {
  isAlarming,
  type ProjectionState,
  type ProjectionStatus,
  type RebuildStatus,
} from './projection/projection-status.js';
export { Reaction, type ReactionOptions } from './projection/reaction.decorator.js';
export {
  Rehearsal,
  type RehearsalOptions,
  type RehearsalProgress,
  type RehearsalReport,
} from './rehearsal/rehearsal.js';
export type { UnsureBreakage } from './rehearsal/judgement.js';
export type { Breakage, RehearsedType } from './rehearsal/tally.js';
export { setUnknownTypesAside } from './rehearsal/unknown-types.js';
export { REBUILD_LIFE, type RebuildState } from './projection/rebuild-states.js';
export type { RebuildReport, TableComparison } from './projection/rebuild-report.js';
export { projectionOfContext } from './projection/projection-log.js';
export { ProjectionProgress } from './projection/projection-progress.js';
export { Projections } from './projection/projections.js';
export { Telemetry, type TelemetryObserver, type TurnSubject, type VerdictOnEvent } from './telemetry.js';
export { inSpan, type Describe } from './tracing.js';
export { isStatementFailure } from './postgres/sql-state.js';
export { isTransient } from './transient-failure.js';
export { canonicalUuid } from './uuid.js';
export { UnfitEnvironmentError } from './doctor/require-fit.js';
export { MissingTablesError } from './required-tables.js';
export { InjectRows, Rows } from './projection/rows.js';
export { getEventStoreToken, InjectEventStore } from './stores.js';
export type { FeatureOptions } from './feature-options.js';
export { CurrentTurn } from './projection/current-turn.js';
