/**
 * Exports of the core for our own rooms, besides `index.ts`: routes, features, the service and the command line. They
 * are no part of the package's interface: users cannot import them.
 */
export { AggregateLoader } from './aggregate/aggregate-loader.js';
export { MAX_REASON } from './log/argument-rules.js';
export { IdempotencyKeys, type CallOutcome } from './idempotency/idempotency-keys.js';
export { RepeatedRefusal } from './idempotency/repeated-refusal.js';
export type { SingleAppend } from './log/append/appends.js';
export { CurrentTransaction } from './log/append/current-transaction.js';
export { startOfChain } from './event/message-context.js';
export { keepProcess, letProcessEnd } from './postgres/client-socket.js';
export { clientWithQueryTimeout } from './postgres/query-timeout.js';
export { addReplicas } from './postgres/replica-pools.js';
export { REPLICA_STATES } from './replicas/replica-state.js';
export { Replicas } from './replicas/replicas.js';
export { personalOfPackage, subjectsIn, subjectsOf } from './privacy/fields/personal.js';
export { ErasureWorker } from './privacy/erasure/erasure-worker.js';
export { spellingsOf } from './privacy/erasure/text-search.js';
export { LedgerCheck } from './privacy/erasure/ledger-check.js';
export { LogSealer, type SealProgress } from './privacy/log-sealer.js';
export { PersonalViews } from './privacy/view/personal-views.js';
export { Rewrap, type RewrapProgress, type RewrapReport } from './privacy/rewrap.js';
export { LogSeals } from './privacy/log-seals.js';
export { SubjectKeys } from './privacy/subject-keys.js';
export { PreparedQueries } from './postgres/prepared-queries.js';
export { awaitStops } from './background/awaited-stop.js';
export { backOffDelay } from './background/retry.js';
export { soon } from './background/soon.js';
export { WakeUp } from './background/wake-up.js';
export {
  type IntakeCounts,
  IntakeMonitor,
  type IntakeReport,
  type IntakeState,
} from './intake/intake-monitor.js';
export { LiveConnections } from './live/live-connections.js';
export { LogSignal } from './log/arrival/log-signal.js';
export { LogWatch } from './log/arrival/log-watch.js';
export { type PageLimits, selectPage } from './log/log-page.sql.js';
export {
  type MonitoredRelay,
  RelayMonitor,
  type RelayReport,
  type RelayStatus,
} from './relay/relay-monitor.js';
export { RELAY_STATES, type RelayState } from './relay/relay-states.js';
export type { LogSource, SourceParts, SourceWindow } from './log/source/log-source.js';
export { READ_BYTES } from './log/page-sizes.js';
export type { LogWindow, WindowPart } from './log/read.sql.js';
export { LogListener } from './log/arrival/log-listener.js';
export { PROCESS_STATES } from './process/operate/process-instance.js';
export { PackageEntity } from './projection/declare/package-entity.js';
export { Processes } from './projection/operate/processes.js';
export type { ProcessRecord } from './projection/run/processes.sql.js';
export { type ProjectionLag, ProjectionStatuses } from './projection/operate/projection-statuses.js';
export { PROJECTION_STATES, statesInWords } from './projection/operate/projection-states.js';
export { isAlarming } from './projection/operate/projection-status.js';
export { setUnknownTypesAside } from './rehearsal/unknown-types.js';
export { REBUILD_LIFE } from './projection/rebuild/rebuild-states.js';
export { projectionOfContext } from './projection/run/projection-log.js';
export { durationMs } from './options/duration.js';
export { KEPT_STATES } from './timers/timer.js';
export { inSpan, type Describe } from './telemetry/tracing.js';
export { MAX_INTEGER } from './postgres/integer.js';
export { isStatementFailure } from './postgres/sql-state.js';
export { isToBeWaitedFor } from './postgres/transient-failure.js';
export { canonicalUuid } from './event/uuid.js';
export { openedWith } from './options/opened-with.js';
export { requireSingleCopy } from './doctor/single-copy.js';
export { DEFAULT_STORE, partToken, storeNames } from './module/stores.js';
export { Database, type Statements } from './postgres/database.js';
export { withUnchangedSchema } from './postgres/unchanged-schema.js';
export { isModuleClass } from './nest/module-class.js';
export { ResolvedOptions } from './options.js';
export { toKey } from './event/storable-key.js';
export { partitionOfKey } from './projection/declare/key-partition.js';
export { selectMissing } from './doctor/required-tables.js';
export { resolveOptions } from './options/resolve-options.js';
export {
  flag,
  functionThat,
  NAME,
  number,
  optional,
  type Rule,
  synchronousFunction,
  wholeNumber,
} from './options/rules.js';
export { isClass, MODULES } from './options/class-lists.js';
export { TableMisfitError } from './projection/columns/table-misfit.js';
