/**
 * Exports of the core for our own rooms, besides `index.ts`: routes, features, the service and the command line. They
 * are no part of the package's interface: users cannot import them.
 */
export { AggregateLoader } from './aggregate/aggregate-loader.js';
export { IdempotencyKeys, type CallOutcome } from './idempotency/idempotency-keys.js';
export { RepeatedRefusal } from './idempotency/repeated-refusal.js';
export { CurrentTransaction } from './log/append/current-transaction.js';
export { startOfChain } from './event/message-context.js';
export { keepProcess, letProcessEnd } from './postgres/client-socket.js';
export { clientWithQueryTimeout } from './postgres/query-timeout.js';
export { addReplicas } from './postgres/replica-pools.js';
export { REPLICA_STATES } from './replicas/replica.js';
export { Replicas } from './replicas/replicas.js';
export { PreparedQueries } from './postgres/prepared-queries.js';
export { LogListener } from './log/arrival/log-listener.js';
export { PackageEntity } from './projection/declare/package-entity.js';
export { PROJECTION_STATES, statesInWords } from './projection/operate/projection-states.js';
export { isAlarming } from './projection/operate/projection-status.js';
export { setUnknownTypesAside } from './rehearsal/unknown-types.js';
export { REBUILD_LIFE } from './projection/rebuild/rebuild-states.js';
export { projectionOfContext } from './projection/run/projection-log.js';
export { inSpan, type Describe } from './telemetry/tracing.js';
export { MAX_INTEGER } from './postgres/integer.js';
export { isStatementFailure } from './postgres/sql-state.js';
export { canonicalUuid } from './event/uuid.js';
export { openedWith } from './options/opened-with.js';
export { requireSingleCopy } from './doctor/single-copy.js';
export { DEFAULT_STORE, partToken, storeNames } from './module/stores.js';
export { Database } from './postgres/database.js';
export { withUnchangedSchema } from './postgres/unchanged-schema.js';
export { isModuleClass } from './nest/module-class.js';
export { ResolvedOptions } from './options.js';
export { selectMissing } from './doctor/required-tables.js';
export { resolveOptions } from './options/resolve-options.js';
export { flag, functionThat, NAME, number, optional, type Rule } from './options/rules.js';
export { isClass, MODULES } from './options/class-lists.js';
