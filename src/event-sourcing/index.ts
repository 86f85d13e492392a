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
export { PersonalKeyLostError } from './event/personal-key-lost.error.js';
export { SubjectErasedError } from './event/subject-erased.error.js';
export { SecondAppendError } from './event/second-append.error.js';
export { TransactionAbortedError } from './postgres/transaction-aborted.error.js';
export { EventRegistry } from './event/event-registry.js';
export { EventSourcedRepository } from './aggregate/event-sourced-repository.js';
export type { SaveOptions, UpdateOptions } from './aggregate/save-options.js';
export { PersonalKeyMissingError, PersonalValueBrokenError } from './privacy/fields/privacy-errors.js';
export { WrongMasterKeyError } from './privacy/wrong-master-key.error.js';
export {
  type Erased,
  personal,
  type PersonalDeclaration,
  type PersonalFields,
} from './privacy/fields/personal.js';
export type { Erasure, ErasureRequest, ErasureState, ErasureStep } from './privacy/erasure/erasure.js';
export { BehindLedgerError, ErasureNotFoundError } from './privacy/erasure/erasure-errors.js';
export { type ErasureEvidence, ErasureProof } from './privacy/erasure/erasure-proof.js';
export { ErasureReports, type ErasureReport } from './privacy/erasure/erasure-reports.js';
export {
  ErasureService,
  type ErasureToRecord,
  type RecordErasure,
} from './privacy/erasure/erasure-service.js';
export { Personal, type PersonalOptions } from './privacy/erasure/personal.decorator.js';
export { type DataOfSubject, PersonalData } from './privacy/erasure/personal-data.js';
export { type FoundText, type TextPlace, TextSearch } from './privacy/erasure/text-search.js';
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
export type { StreamOptions } from './log/stream-range.js';
export type { StreamPart } from './log/read.sql.js';

export { IdempotentCall } from './event/idempotent-call.js';
export { NoLogError } from './event/no-log.error.js';
export { MessageContext, type Message } from './event/message-context.js';
export { EventfoldLogger } from './nest/eventfold-logger.js';
export type {
  CacheOptions,
  CurrentTransactionFunction,
  EventSourcingOptions,
  GroupCommitOptions,
  KeysElsewhere,
  KeyVault,
  MasterKey,
  NotificationOptions,
  OpenLog,
  PlainKey,
  PrivacyOptions,
  RetryOptions,
  SnapshotOptions,
  TimerWorkOptions,
  TurnOptions,
  WrappedKey,
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
export {
  ProcessInputError,
  ProcessNotFoundError,
  ProcessStateError,
} from './process/operate/process-errors.js';
export type { InstancePlace, ProcessInstance, ProcessState } from './process/operate/process-instance.js';
export {
  type ProcessInput,
  ProcessInstances,
  type ProcessInstancesPage,
  type SentInput,
} from './process/operate/process-instances.js';
export { Process, type ProcessOptions } from './process/declare/process.decorator.js';
export { ProcessManager, type When } from './process/declare/process-manager.js';
export {
  CommandRefused,
  EndRequested,
  InputSent,
  ProcessStepped,
  type RefusedCommand,
  TimerDue,
} from './process/declare/process-events.js';
export type { DueTimer, Step, TimerTime } from './process/declare/step.js';
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
export type { ParkedKeysPage } from './projection/parking/parked-keys.js';
export type { RetryOutcome } from './projection/parking/retry-outcome.js';
export { UnsupportedColumnError } from './projection/columns/unsupported-column.js';
export type { FailedAttempt, ParkedKey } from './projection/turn/parking.sql.js';
export type { ParkedKeyState } from './projection/turn/parked-key-life.js';
export {
  NotCaughtUpError,
  ProjectionBusyError,
  ProjectionNotFoundError,
  ProjectionStateError,
} from './projection/projection-errors.js';
export { ProjectionOperations, type RebuildEndsPage } from './projection/operate/projection-operations.js';
export type { ProjectionState } from './projection/operate/projection-states.js';
export type { ProjectionStatus, RebuildStatus } from './projection/operate/projection-status.js';
export {
  Reaction,
  type ReactionOptions,
  type ReactionRetry,
} from './projection/declare/reaction.decorator.js';
export type { Duration } from './options/duration.js';
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
export { TurnError } from './projection/turn/turn.error.js';
export { RunningTurn } from './log/append/running-turn.js';
export { TimerOperations } from './timers/timer-operations.js';
export { Timers, type ScheduleOptions, type TimerOptions } from './timers/timers.js';
export { TimerEndedError, TimerNotFoundError } from './timers/timer-errors.js';
export type { TimerFigures, TimerFilter } from './timers/read-timers.sql.js';
export type { TimerPage, TimersPage } from './timers/timer-page.js';
export type { DueTime } from './timers/timer-arguments.js';
export type { KeptState, ScheduledTimer, Timer, TimerState } from './timers/timer.js';
