import { Injectable } from '@nestjs/common';
import { notifyOfGrowth } from '../../log/arrival/log-notifier.js';
import { LogSignal } from '../../log/arrival/log-signal.js';
import type { ActRecord } from '../../operations/act-record.js';
import { ActRecorder } from '../../operations/act-recorder.js';
import type { ActName } from '../../operations/operation.js';
import { COMPARED_TEXT, COUNT, POSITION, REASON, STORABLE_TEXT } from '../../log/argument-rules.js';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import { callOptions, flag, oneOf, optional } from '../../options/rules.js';
import { PreparedQueries } from '../../postgres/prepared-queries.js';
import type { Folding } from '../declare/folding.js';
import { type RowRebuild, RowRebuilds } from '../explain/row-rebuilds.js';
import { ParkedKeys, type ParkedKeysPage } from '../parking/parked-keys.js';
import type { RetryOutcome } from '../parking/retry-outcome.js';
import type { ParkedKey } from '../turn/parking.sql.js';
import { ProjectionNotFoundError, ProjectionStateError } from '../projection-errors.js';
import type { ProjectionStatus } from './projection-status.js';
import { ProjectionStatuses } from './projection-statuses.js';
import { retryEveryKey } from './retry-every-key.js';
import { Projections } from '../run/projections.js';
import { type RebuildEnd, selectRebuildEnds } from '../rebuild/rebuild-history.sql.js';
import { Rebuilds } from '../rebuild/rebuilds.js';
import { deleteProjection, selectIsServed, setPaused } from './status.sql.js';
import { Database } from '../../postgres/database.js';

const ONE = { name: STORABLE_TEXT };
const KEY = { name: STORABLE_TEXT, key: STORABLE_TEXT };
const SKIP = { ...KEY, options: callOptions({ reason: optional(REASON) }) };
const ENDS = {
  name: STORABLE_TEXT,
  page: callOptions({ after: optional(POSITION), limit: optional(COUNT) }),
};
const REBUILD = { name: STORABLE_TEXT, options: callOptions({ hold: flag(false) }) };
const PARKED = {
  name: STORABLE_TEXT,
  page: callOptions({
    build: optional(oneOf('live', 'rebuild')),
    after: optional(COMPARED_TEXT),
    limit: optional(COUNT),
  }),
};

/** Which ends of rebuilds are listed. */
export interface RebuildEndsPage {
  /** The id of the last one of the previous page. */
  after?: number | undefined;
  /** Default: 50. */
  limit?: number | undefined;
}

/**
 * The acts of an operator on projections and reactions, from any process that has their code, whether it runs them or
 * not. Each act is recorded in the log of operations, with the actor of the running message; see `OperationsLog`.
 */
@Injectable()
export class ProjectionOperations {
  constructor(
    private readonly database: Database,
    private readonly statuses: ProjectionStatuses,
    private readonly projections: Projections,
    private readonly rebuildActs: Rebuilds,
    private readonly parkedKeys: ParkedKeys,
    private readonly recorder: ActRecorder,
    private readonly rowRebuilds: RowRebuilds,
    private readonly queries: PreparedQueries,
    private readonly signal: LogSignal,
    private readonly options: ResolvedOptions,
  ) {}

  /** All projections and reactions that ever ran on this log, by name. */
  list(): Promise<ProjectionStatus[]> {
    return this.statuses.list();
  }

  /** @throws ProjectionNotFoundError */
  async get(name: string): Promise<ProjectionStatus> {
    requireArguments('ProjectionOperations.get', { name }, ONE);
    return (await this.list()).find((status) => status.name === name) ?? notFound(name);
  }

  /**
   * Stops folding on every instance, after the current turns.
   *
   * @throws ProjectionNotFoundError; ProjectionStateError when it is paused already
   */
  async pause(name: string): Promise<void> {
    requireArguments('ProjectionOperations.pause', { name }, ONE);
    await this.perform('pause', name, {}, (record) => this.setPaused(name, true, record));
  }

  /** @throws ProjectionNotFoundError; ProjectionStateError when it is not paused */
  async resume(name: string): Promise<void> {
    requireArguments('ProjectionOperations.resume', { name }, ONE);
    await this.perform('resume', name, {}, (record) => this.setPaused(name, false, record));
    this.signal.raise();
    await notifyOfGrowth(this.queries, this.options.logChannel);
  }

  /**
   * Requests that the rows are folded again from the first event on, beside the living rows. A process that runs the
   * projection begins, with its own build and settings. The rows of a paused projection change only after it is
   * resumed.
   *
   * @param options.hold compare, report, and change the living rows only after `release`
   * @throws ProjectionNotFoundError; ProjectionStateError when it is being rebuilt, or is no projection
   */
  async rebuild(name: string, options: { hold?: boolean | undefined } = {}): Promise<void> {
    requireArguments('ProjectionOperations.rebuild', { name, options }, REBUILD);
    const { hold = false } = options;
    await this.perform('rebuild', name, { hold }, async (record) => {
      const folding = this.foldingOf(name);
      if (folding.kind !== 'projection') {
        throw new ProjectionStateError(
          'projection.is-reaction',
          `${name} is a ${folding.kind}: its effects cannot be repeated.`,
        );
      }
      if (await this.rebuildActs.request(folding, { hold }, record)) return;
      throw new ProjectionStateError('projection.rebuilding', `${name} is being rebuilt already.`);
    });
  }

  /** @throws ProjectionNotFoundError; ProjectionStateError when there is no rebuild to release */
  async release(name: string): Promise<void> {
    requireArguments('ProjectionOperations.release', { name }, ONE);
    await this.perform('release', name, {}, async (record) => {
      if (await this.rebuildActs.release(this.foldingOf(name), record)) return;
      throw new ProjectionStateError(
        'projection.not-held',
        `${name} has no rebuild that is or will be held.`,
      );
    });
  }

  /** Cancels a rebuild and drops its rows. @throws ProjectionNotFoundError; ProjectionStateError when there is none */
  async cancelRebuild(name: string): Promise<void> {
    requireArguments('ProjectionOperations.cancelRebuild', { name }, ONE);
    await this.perform('cancel', name, {}, async (record) => {
      if (await this.rebuildActs.cancel(this.foldingOf(name), record)) return;
      throw new ProjectionStateError('projection.not-rebuilding', `${name} is not being rebuilt.`);
    });
  }

  /**
   * The rebuilds of a projection that have ended, each with its comparison. The latest come first. They stay when the
   * projection is dropped.
   *
   * @throws ProjectionNotFoundError when there is none, nor such a projection
   */
  async rebuilds(name: string, page: RebuildEndsPage = {}): Promise<RebuildEnd[]> {
    requireArguments('ProjectionOperations.rebuilds', { name, page }, ENDS);
    const { after = Number.MAX_SAFE_INTEGER, limit = 50 } = page;
    const ends = await selectRebuildEnds(this.database.statements, this.options, name, { after, limit });
    if (ends.length === 0) await this.get(name);
    return ends;
  }

  /**
   * Parked keys, in order, after a given key; with `build: 'rebuild'` those of the rebuild.
   *
   * @throws ProjectionNotFoundError
   */
  async parked(name: string, page: ParkedKeysPage = {}): Promise<ParkedKey[]> {
    requireArguments('ProjectionOperations.parked', { name, page }, PARKED);
    this.foldingOf(name);
    return this.parkedKeys.list(name, page);
  }

  /**
   * Folds the waiting events of a parked key, in order, with the current code.
   *
   * @throws ProjectionNotFoundError when the key is not parked; ProjectionStateError when the projection is paused;
   *   ProjectionBusyError when a turn does not end in time
   */
  async retry(name: string, key: string): Promise<RetryOutcome> {
    requireArguments('ProjectionOperations.retry', { name, key }, KEY);
    return this.perform('retry', name, { key }, async (record) => {
      const outcome = await this.parkedKeys.retry(this.foldingOf(name), key, (manager, { parked }) =>
        parked === undefined
          ? record.done(manager)
          : record.failed(manager, `Still parked at position ${parked.position}: ${parked.error}`),
      );
      return outcome ?? notFound(name, key);
    });
  }

  /**
   * Retries every parked key, one after the other. A key that fails again stays parked, and the others are still tried.
   *
   * @throws ProjectionNotFoundError; ProjectionBusyError
   */
  async *retryAll(name: string): AsyncGenerator<RetryOutcome> {
    requireArguments('ProjectionOperations.retryAll', { name }, ONE);
    const act = { act: 'retry-all', parameters: { projection: name } } as const;
    yield* this.recorder.yielding(act, (record) =>
      retryEveryKey(this.parkedKeys, this.foldingOf(name), record, this.database.statements),
    );
  }

  /**
   * Leaves out the event at which a key is parked, records that in `skipped_events`, and folds the events behind it.
   *
   * @param options.reason why, in the words of the operator; the log of operations keeps it
   * @throws ProjectionNotFoundError when the key is not parked
   */
  async skip(
    name: string,
    key: string,
    options: { reason?: string | undefined } = {},
  ): Promise<RetryOutcome> {
    requireArguments('ProjectionOperations.skip', { name, key, options }, SKIP);
    const { reason } = options;
    return this.perform('skip', name, { key, reason }, async (record) => {
      const outcome = await this.parkedKeys.skip(this.foldingOf(name), key, record);
      return outcome ?? notFound(name, key);
    });
  }

  /**
   * Folds the rows of one key anew from its events, and replaces the living rows. @returns what was different
   *
   * @throws ProjectionNotFoundError; RowNotFoundError when the key has neither rows nor events
   * @throws ProjectionStateError when the projection is a reaction, paused, or being rebuilt, when it has SQL of its
   *   own, when the key is parked, or when its rows depend on events of other keys
   * @throws ScanUnfinishedError when one call is too short for the log; ProjectionBusyError when a turn does not end
   */
  async rebuildRow(name: string, key: string): Promise<RowRebuild> {
    requireArguments('ProjectionOperations.rebuildRow', { name, key }, KEY);
    return this.perform('rebuild-row', name, { key }, (record) =>
      this.rowRebuilds.rebuild(name, key, record),
    );
  }

  /**
   * Deletes a projection, reaction or process manager that no code has any more: its checkpoints, parked keys and
   * rebuild; of a process manager also its processes with their commands and timers. Its tables of rows stay, since
   * only its code knew them. The log of operations and the history of its rebuilds stay as well.
   *
   * @throws ProjectionNotFoundError; ProjectionStateError when this process, or another running one, has it
   */
  async drop(name: string): Promise<ProjectionStatus> {
    requireArguments('ProjectionOperations.drop', { name }, ONE);
    return this.perform('drop', name, {}, (record) => this.dropRecorded(name, record));
  }

  private async dropRecorded(name: string, record: ActRecord): Promise<ProjectionStatus> {
    const last = await this.get(name);
    const isKnown = this.projections.foldings.some((folding) => folding.name === name);
    if (isKnown || (await selectIsServed(this.database.statements, this.options, name))) {
      throw new ProjectionStateError(
        'projection.in-use',
        `${name} is in the code of a process: drop it when no process has it any more.`,
      );
    }
    await this.database.transaction(async (manager) => {
      if (!(await deleteProjection(manager, this.options, name))) notFound(name);
      await record.done(manager);
    });
    return last;
  }

  private perform<Result>(
    act: ActName,
    projection: string,
    parameters: object,
    work: (record: ActRecord) => Promise<Result>,
  ): Promise<Result> {
    return this.recorder.perform({ act, parameters: { projection, ...parameters } }, work);
  }

  private async setPaused(name: string, isPaused: boolean, record: ActRecord): Promise<void> {
    this.foldingOf(name);
    const isChanged = await this.database.transaction(async (manager) => {
      if (!(await setPaused(manager, this.options, name, isPaused))) return false;
      await record.done(manager);
      return true;
    });
    if (isChanged) return;
    const word = isPaused ? 'paused already' : 'not paused';
    throw new ProjectionStateError(
      isPaused ? 'projection.already-paused' : 'projection.not-paused',
      `${name} is ${word}, or has not been started yet.`,
    );
  }

  private foldingOf(name: string): Folding {
    return this.projections.foldings.find((folding) => folding.name === name) ?? notFound(name);
  }
}

function notFound(name: string, key?: string): never {
  throw new ProjectionNotFoundError(
    key === undefined
      ? `There is no projection "${name}".`
      : `"${key}" is not parked in projection "${name}".`,
  );
}
