import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { EntityManager } from 'typeorm';
import { COMPARED_TEXT, COUNT, REASON, STORABLE_TEXT } from '../../log/argument-rules.js';
import { notifyOfGrowth } from '../../log/arrival/log-notifier.js';
import { LogSignal } from '../../log/arrival/log-signal.js';
import { EventStore } from '../../log/event-store.js';
import type { ActRecord } from '../../operations/act-record.js';
import { ActRecorder } from '../../operations/act-recorder.js';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import { isRecord } from '../../options/resolve-options.js';
import { callOptions, oneOf, optional, type Rule } from '../../options/rules.js';
import { Database } from '../../postgres/database.js';
import { PreparedQueries } from '../../postgres/prepared-queries.js';
import type { Folding } from '../../projection/declare/folding.js';
import { ParkedKeys } from '../../projection/parking/parked-keys.js';
import { selectPartitionOf } from '../../projection/turn/parking.sql.js';
import { Projections } from '../../projection/run/projections.js';
import type { ProcessDefinition } from '../declare/process-definition.js';
import { EndRequested, InputSent, streamOfProcess } from '../declare/process-events.js';
import { dropCommands } from '../step/drop-commands.sql.js';
import {
  type KnownProcess,
  selectLife,
  selectProcessInstances,
  updateFailedCommands,
} from './instances.sql.js';
import { requireKey } from './input-key.js';
import { ProcessInputError, ProcessNotFoundError, ProcessStateError } from './process-errors.js';
import type { InstancePlace, ProcessInstance, ProcessState } from './process-instance.js';

/** Which processes are listed. */
export interface ProcessInstancesPage {
  /** Only those of this process manager. */
  name?: string | undefined;
  state?: ProcessState | undefined;
  /** The last one of the previous page. */
  after?: InstancePlace | undefined;
  /** Default: 50. */
  limit?: number | undefined;
}

const PLACE: Rule<InstancePlace> = {
  says: 'an object with the texts name and key',
  accepts: (value) =>
    isRecord(value) && COMPARED_TEXT.accepts(value.name) && COMPARED_TEXT.accepts(value.key),
};
const LIST = {
  page: callOptions({
    name: optional(COMPARED_TEXT),
    state: optional(oneOf('running', 'stuck', 'ended')),
    after: optional(PLACE),
    limit: optional(COUNT),
  }),
};
/** An event of the application, for a process alone. */
export interface ProcessInput {
  /** The stored type: one that its process manager handles. */
  type: string;
  data: object;
}

/** Where an input by hand is in the log. */
export interface SentInput {
  streamId: string;
  eventId: string;
}

const INPUT: Rule<ProcessInput> = {
  says: 'an object with the text type and the object data',
  accepts: (value) => isRecord(value) && COMPARED_TEXT.accepts(value.type) && isRecord(value.data),
};
const ONE = { name: STORABLE_TEXT, key: STORABLE_TEXT };
const REASONED = callOptions({ reason: optional(REASON) });
const END = { ...ONE, options: REASONED };
const SEND = { ...ONE, input: INPUT, options: REASONED };

/**
 * The processes of the process managers, one for each key, and the acts of an operator on them, from any process of the
 * application that has their code. Each act is recorded in the log of operations.
 *
 * (`Processes` is another matter: the processes of the operating system that work on a store.)
 */
@Injectable()
export class ProcessInstances {
  constructor(
    private readonly database: Database,
    private readonly store: EventStore,
    private readonly projections: Projections,
    private readonly parkedKeys: ParkedKeys,
    private readonly recorder: ActRecorder,
    private readonly queries: PreparedQueries,
    private readonly signal: LogSignal,
    private readonly options: ResolvedOptions,
  ) {}

  /** By name and key. None where the log is elsewhere. */
  async list(page: ProcessInstancesPage = {}): Promise<ProcessInstance[]> {
    requireArguments('ProcessInstances.list', { page }, LIST);
    return this.select({ ...page, limit: page.limit ?? 50 });
  }

  /** @throws ProcessNotFoundError */
  async get(name: string, key: string): Promise<ProcessInstance> {
    requireArguments('ProcessInstances.get', { name, key }, ONE);
    const [found] = await this.select({ name, key, limit: 1 });
    return found ?? notFound(name, key);
  }

  /**
   * Mends a stuck process: its failed commands are sent again, and when its key is parked, the waiting events are
   * handled again, by the current code.
   *
   * @throws ProcessNotFoundError; ProcessStateError when nothing of it has failed
   * @throws ProjectionBusyError when a turn does not free the checkpoint in time
   */
  async retry(name: string, key: string): Promise<ProcessInstance> {
    requireArguments('ProcessInstances.retry', { name, key }, ONE);
    await this.perform('retry-process', { name, key }, {}, async (record) => {
      const folding = this.foldingOf(name);
      await this.get(name, key);
      const commands = await this.database.transaction(async (manager) => {
        const retried = await updateFailedCommands(manager, this.options, { name, key });
        if (retried > 0) await record.done(manager, `Sent again: ${retried}`);
        return retried;
      });
      const folded = await this.parkedKeys.retry(folding, key, (manager, { parked }) =>
        parked === undefined ? record.done(manager) : record.failed(manager, parked.error),
      );
      if (commands > 0 || folded !== undefined) return;
      throw new ProcessStateError(
        'process.not-stuck',
        `Nothing of ${name} ${key} has failed: there is nothing to retry.`,
      );
    });
    return this.get(name, key);
  }

  /**
   * Ends a process: its timers are cancelled, and its commands that are not carried out yet are dropped. What has
   * happened stays as it is: nothing is compensated.
   *
   * @param options.reason why, in the words of the operator; the log of operations and the stream keep it
   * @throws ProcessNotFoundError; ProcessStateError when it has ended, or while its key is parked
   */
  async end(
    name: string,
    key: string,
    options: { reason?: string | undefined } = {},
  ): Promise<ProcessInstance> {
    requireArguments('ProcessInstances.end', { name, key, options }, END);
    const { reason } = options;
    await this.perform('end-process', { name, key }, { reason }, async (record) => {
      this.foldingOf(name);
      const instance = await this.get(name, key);
      await this.database.transaction((manager) => this.endIn(manager, instance, reason, record));
    });
    return this.get(name, key);
  }

  /**
   * Hands a process an event by hand, such as one that another service has lost. The process handles it as if the log
   * had it; nobody else sees it. The stream of the process keeps it, with the reason.
   *
   * @param options.reason why, in the words of the operator
   * @throws ProcessInputError when the process manager does not handle the type, or the event has personal fields
   * @throws ProcessNotFoundError when there is no process, and the event starts none
   * @throws ProcessStateError when it has ended; InvalidAppendError when the log could not give the data back
   */
  async send(
    name: string,
    key: string,
    input: ProcessInput,
    options: { reason?: string | undefined } = {},
  ): Promise<SentInput> {
    requireArguments('ProcessInstances.send', { name, key, input, options }, SEND);
    const { type, data } = input;
    const { reason } = options;
    const sent = { streamId: streamOfProcess(name, key), eventId: uuidv7() };
    await this.perform('send-input', { name, key }, { type, reason }, async (record) => {
      const { definition, schemaVersion } = this.inputOf(name, type);
      requireKey(definition, key, input);
      const event = new InputSent(
        {
          process: name,
          key,
          input: { type, schemaVersion, data },
          ...(reason !== undefined && { reason }),
        },
        sent.eventId,
      );
      await this.database.transaction(async (manager) => {
        const life = await selectLife(manager, this.options, { name, key });
        if (life === undefined && !definition.startsOn(type)) notFound(name, key);
        if (life === 'ended') throw new ProcessStateError('process.ended', `${name} ${key} has ended.`);
        await record.done(manager);
        await this.store.appendToStream(sent.streamId, 'any', [event], { manager, at: 'commit' });
      });
    });
    return sent;
  }

  private async endIn(
    manager: EntityManager,
    { name, key }: InstancePlace,
    reason: string | undefined,
    record: ActRecord,
  ): Promise<void> {
    const life = await selectLife(manager, this.options, { name, key });
    if (
      life === undefined ||
      (await selectPartitionOf(manager, this.options, name, 'live', key)) !== undefined
    ) {
      throw new ProcessStateError(
        'process.parked',
        `The key ${key} of ${name} is parked: retry it, or skip its event, before you end the process.`,
      );
    }
    const dropped = await dropCommands(manager, this.options, name, [key]);
    if (life === 'ended' && dropped === 0)
      throw new ProcessStateError('process.ended', `${name} ${key} has ended already.`);
    await record.done(manager, dropped > 0 ? `Commands dropped: ${dropped}` : undefined);
    if (life === 'ended') return;
    const event = new EndRequested({ process: name, key, ...(reason !== undefined && { reason }) });
    await this.store.appendToStream(streamOfProcess(name, key), 'any', [event], { manager, at: 'commit' });
  }

  private select(range: Parameters<typeof selectProcessInstances>[3]): Promise<ProcessInstance[]> {
    if (!this.options.hasLog) return Promise.resolve([]);
    return selectProcessInstances(this.database.statements, this.options, this.known, range);
  }

  private get known(): KnownProcess[] {
    return this.projections.foldings.flatMap(({ process }) => process ?? []);
  }

  private async perform(
    act: 'retry-process' | 'end-process' | 'send-input',
    { name, key }: InstancePlace,
    parameters: object,
    work: (record: ActRecord) => Promise<void>,
  ): Promise<void> {
    await this.recorder.perform({ act, parameters: { projection: name, key, ...parameters } }, work);
    this.signal.raise();
    await notifyOfGrowth(this.queries, this.options.logChannel).catch(() => undefined);
  }

  private inputOf(name: string, type: string): { definition: ProcessDefinition; schemaVersion: number } {
    const definition = this.foldingOf(name).process!;
    const { schemaVersion, personal = [] } = definition.inputOf(type) ?? notHandled(definition, type);
    if (personal.length === 0) return { definition, schemaVersion };
    throw new ProcessInputError(
      `"${type}" has personal fields, which the stream of a process does not keep: append it to its own stream.`,
    );
  }

  private foldingOf(name: string): Folding {
    const found = this.projections.foldings.find((each) => each.name === name && each.process !== undefined);
    return found ?? notFound(name);
  }
}

function notHandled({ name, inputTypes }: ProcessDefinition, type: string): never {
  throw new ProcessInputError(`${name} does not handle "${type}": it handles ${inputTypes.join(', ')}.`);
}

function notFound(name: string, key?: string): never {
  throw new ProcessNotFoundError(
    key === undefined
      ? `There is no process manager "${name}" here. When no code has it any more, drop it, with its processes: eventfold ` +
          `projections drop ${name}.`
      : `${name} has no process for the key "${key}".`,
  );
}
