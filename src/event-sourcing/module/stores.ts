import { type FactoryProvider, Inject, type Provider, type Type } from '@nestjs/common';
import { AggregateCache } from '../aggregate/aggregate-cache.js';
import { AggregateLoader } from '../aggregate/aggregate-loader.js';
import { DecisionLines } from '../aggregate/decision-lines.js';
import { AggregateStreams } from '../aggregate/aggregate-streams.js';
import { StreamStates } from '../aggregate/stream-states.js';
import { classTokens } from '../nest/class-tokens.js';
import { EventRegistry } from '../event/event-registry.js';
import { EventStore } from '../log/event-store.js';
import { NewerEvents } from '../log/newer-events.js';
import { LogClock } from '../log/clock/log-clock.js';
import { LogSearch } from '../log/search/log-search.js';
import { ScanLimit } from '../log/search/scan-limit.js';
import { LogVerifier } from '../log/verify/log-verifier.js';
import { CurrentTransaction } from '../log/append/current-transaction.js';
import { LogWriter } from '../log/append/log-writer.js';
import { IdempotencyKeys } from '../idempotency/idempotency-keys.js';
import { KeyCleanUp } from '../idempotency/key-clean-up.js';
import { EventTable } from '../log/source/event-table.js';
import { LOG_SOURCE, type LogSource, type OpenSource } from '../log/source/log-source.js';
import { LogSignal } from '../log/arrival/log-signal.js';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import { PreparedQueries } from '../postgres/prepared-queries.js';
import { BackgroundWork } from '../projection/turn/background-work.js';
import { CurrentTurn } from '../projection/turn/current-turn.js';
import { FoldingDiscovery } from '../projection/declare/folding-discovery.js';
import { LogListener } from '../log/arrival/log-listener.js';
import { LogWatch } from '../log/arrival/log-watch.js';
import { ChangedRows } from '../projection/rebuild/changed-rows.js';
import { Exchange } from '../projection/rebuild/exchange.js';
import { ActRecorder } from '../operations/act-recorder.js';
import { OperationsLog } from '../operations/operations-log.js';
import { ExplainedKeys } from '../projection/explain/explained-key.js';
import { KeyTrails } from '../projection/explain/key-trails.js';
import { RowHistory } from '../projection/explain/row-history.js';
import { RowRebuilds } from '../projection/explain/row-rebuilds.js';
import { ParkedKeys } from '../projection/parking/parked-keys.js';
import { Heartbeat } from '../projection/run/heartbeat.js';
import { Processes } from '../projection/operate/processes.js';
import { ProjectionStatuses } from '../projection/operate/projection-statuses.js';
import { ProjectionOperations } from '../projection/operate/projection-operations.js';
import { ProjectionProgress } from '../projection/run/projection-progress.js';
import { Projections } from '../projection/run/projections.js';
import { Rebuilds } from '../projection/rebuild/rebuilds.js';
import { CommandDispatcher } from '../process/dispatch/command-dispatcher.js';
import { CommandWork } from '../process/dispatch/command-work.js';
import { ProcessInstances } from '../process/operate/process-instances.js';
import { ProcessSteps } from '../process/step/process-steps.js';
import { RowEntities } from '../projection/declare/row-entities.js';
import { LeaseParts } from '../projection/lease/leased-work.js';
import { LeasedTurns } from '../projection/lease/leased-turns.js';
import { LeasedRetries } from '../projection/parking/leased-retries.js';
import { TurnConnections } from '../projection/turn/turn-connections.js';
import { Turns } from '../projection/turn/turn.js';
import { LiveConnections } from '../live/live-connections.js';
import { LiveFeed } from '../live/live-feed.js';
import { LogTail } from '../live/log-tail.js';
import { IntakeMonitor } from '../intake/intake-monitor.js';
import { RelayMonitor } from '../relay/relay-monitor.js';
import { Rehearsal } from '../rehearsal/rehearsal.js';
import { Replicas } from '../replicas/replicas.js';
import { LostPrimary } from './lost-primary.js';
import { requireSingleCopy } from '../doctor/single-copy.js';
import { LogSealer } from '../privacy/log-sealer.js';
import { Rewrap } from '../privacy/rewrap.js';
import { LogSeals } from '../privacy/log-seals.js';
import { PersonalWriter } from '../privacy/personal-writer.js';
import { ErasureProof } from '../privacy/erasure/erasure-proof.js';
import { ErasureReports } from '../privacy/erasure/erasure-reports.js';
import { ErasureService } from '../privacy/erasure/erasure-service.js';
import { ErasureSteps } from '../privacy/erasure/erasure-steps.js';
import { ErasureWorker } from '../privacy/erasure/erasure-worker.js';
import { ReadModelErasure } from '../privacy/erasure/read-model-erasure.js';
import { RemoteErasures } from '../privacy/erasure/remote-erasures.js';
import { LedgerCheck } from '../privacy/erasure/ledger-check.js';
import { PersonalData } from '../privacy/erasure/personal-data.js';
import { PersonalViews } from '../privacy/view/personal-views.js';
import { ProcessMemory } from '../privacy/erasure/process-memory.js';
import { TextSearch } from '../privacy/erasure/text-search.js';
import { SubjectKeys } from '../privacy/subject-keys.js';
import { Snapshots } from '../aggregate/snapshot/snapshots.js';
import { TimerFiring } from '../timers/timer-firing.js';
import { TimerOperations } from '../timers/timer-operations.js';
import { TimerSignal } from '../timers/timer-signal.js';
import { TimerTable } from '../timers/timer-table.js';
import { TimerWorker } from '../timers/timer-worker.js';
import { Timers } from '../timers/timers.js';
import { Telemetry } from '../telemetry/telemetry.js';

export const DEFAULT_STORE = 'default';

/** The parts that each event store of a process has for itself, in the order in which they build on each other. */
export const PARTS: readonly Type<object>[] = [
  Telemetry,
  EventRegistry,
  LogSignal,
  Database,
  PreparedQueries,
  CurrentTransaction,
  CurrentTurn,
  RowEntities,
  Replicas,
  ProjectionProgress,
  BackgroundWork,
  Turns,
  TurnConnections,
  LeaseParts,
  LeasedTurns,
  LeasedRetries,
  ChangedRows,
  Rebuilds,
  Exchange,
  ActRecorder,
  OperationsLog,
  ParkedKeys,
  ProcessSteps,
  FoldingDiscovery,
  LogListener,
  SubjectKeys,
  PersonalWriter,
  LogSeals,
  LogSealer,
  Rewrap,
  LogWatch,
  LogWriter,
  LogClock,
  LogVerifier,
  ScanLimit,
  LogSearch,
  EventStore,
  NewerEvents,
  TimerSignal,
  TimerTable,
  Timers,
  TimerOperations,
  TimerFiring,
  TimerWorker,
  IdempotencyKeys,
  KeyCleanUp,
  Snapshots,
  AggregateCache,
  AggregateLoader,
  DecisionLines,
  AggregateStreams,
  CommandWork,
  CommandDispatcher,
  Heartbeat,
  StreamStates,
  Projections,
  KeyTrails,
  ExplainedKeys,
  RowHistory,
  RowRebuilds,
  ProjectionStatuses,
  ProjectionOperations,
  ProcessInstances,
  Processes,
  LogTail,
  LiveFeed,
  LiveConnections,
  Rehearsal,
  RelayMonitor,
  IntakeMonitor,
  LostPrimary,
  ErasureService,
  ErasureReports,
  ProcessMemory,
  ReadModelErasure,
  ErasureSteps,
  ErasureWorker,
  RemoteErasures,
  LedgerCheck,
  PersonalData,
  PersonalViews,
  TextSearch,
  ErasureProof,
];

/** The log in the store's own database, unless the options open another. */
export const logSource: FactoryProvider<LogSource> = {
  provide: LOG_SOURCE,
  useFactory: (options: ResolvedOptions, database: Database, signal: LogSignal) => {
    const open = options.log as OpenSource | undefined;
    return open?.({ options, database, signal }) ?? new EventTable(options.qualified('events'));
  },
  inject: [ResolvedOptions, Database, LogSignal],
};

/** The parts and the options of a store under the store's own tokens, by which the whole process finds them. */
export const namedParts = (store: string): Provider[] =>
  [ResolvedOptions, ...PARTS].map((part) => ({ provide: partToken(store, part), useExisting: part }));

/** The same parts under their classes: a feature module sees those of its own store. */
export const partsOf = (store: string): FactoryProvider[] =>
  [ResolvedOptions, ...PARTS].map((part) => ({
    provide: part,
    useFactory: (found: object | undefined) => found ?? notConfigured(store),
    inject: [{ token: partToken(store, part), optional: true }],
  }));

type Part = object & { name: string };

/** Names of the event stores that modules of this process have or ask for. */
export const storeNames = (): string[] => [...tokensOfStores.keys()].toSorted();

const tokensOfStores = new Map<string, (part: Part) => symbol>();

export function partToken(store: string, part: Part): symbol {
  const tokens = tokensOfStores.get(store) ?? classTokens(`store ${store}`);
  tokensOfStores.set(store, tokens);
  return tokens(part);
}

function notConfigured(store: string): never {
  requireSingleCopy(); // the store may belong to another copy of the package
  const named = store === DEFAULT_STORE ? '' : `{ name: '${store}' }`;
  throw new Error(
    `EventSourcingModule.forFeature asks for the event store "${store}", and there is none: ` +
      `import EventSourcingModule.forRoot(${named}) in the root module.`,
  );
}

/** The injection token of a named event store: `app.get(getEventStoreToken('billing'))`. Default: the default store. */
export const getEventStoreToken = (store: string = DEFAULT_STORE): symbol => partToken(store, EventStore);

/** Injects a named event store, in any module; without a name, the default one. */
export const InjectEventStore = (store?: string) => Inject(getEventStoreToken(store));
