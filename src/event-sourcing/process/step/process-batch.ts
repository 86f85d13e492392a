import type { EntityManager } from 'typeorm';
import type { DomainEvent, Recorded, StoredEvent } from '../../event/domain-event.js';
import type { EventRegistry } from '../../event/event-registry.js';
import type { Message, MessageContext } from '../../event/message-context.js';
import type { EventToAppend } from '../../log/append/append.js';
import type { EventStore } from '../../log/event-store.js';
import type { ResolvedOptions } from '../../options.js';
import { cancelTimers } from './cancel-timers.sql.js';
import type { TimerTable } from '../../timers/timer-table.js';
import type { NewTimer } from '../../timers/timer.js';
import { type Decision, decide } from '../declare/decide.js';
import type { Instance } from '../declare/instance-states.js';
import type { ProcessDefinition } from '../declare/process-definition.js';
import { EndRequested, InputSent, streamOfProcess, TimerDue } from '../declare/process-events.js';
import { insertCommands, type NewCommand } from './commands.sql.js';
import { dropCommands } from './drop-commands.sql.js';
import { selectInstances, upsertInstances } from './instances.sql.js';

export interface BatchParts {
  store: EventStore;
  context: MessageContext;
  registry: EventRegistry;
  timers: TimerTable;
  options: ResolvedOptions;
}

/**
 * The steps of one turn of a process manager. The processes that a page of events touches are read in one statement,
 * their code runs in memory, event by event, and all that it asked for is written at the end of the turn: a constant
 * number of statements, whatever the number of steps.
 */
export class ProcessBatch {
  private readonly instances = new Map<string, Instance | undefined>();
  private readonly decisions: Decision[] = [];

  constructor(
    private readonly manager: EntityManager,
    private readonly definition: ProcessDefinition,
    private readonly keyOf: (event: Recorded<DomainEvent>) => string,
    private readonly parts: BatchParts,
  ) {}

  /** How many steps `write` will write. */
  get changes(): number {
    return this.decisions.length;
  }

  /** Reads the processes of these events that are not in memory yet. */
  async fetch(events: readonly Recorded<DomainEvent>[]): Promise<void> {
    const keys = new Set(events.map((event) => this.keyOf(event)).filter((key) => !this.instances.has(key)));
    if (keys.size === 0) return;
    const { manager, definition, parts } = this;
    const found = await selectInstances(manager, parts.options, definition.name, [...keys]);
    for (const key of keys) this.instances.set(key, found.get(key));
  }

  handle(event: Recorded<DomainEvent>): void {
    const key = this.keyOf(event);
    const input = event instanceof InputSent ? this.parts.registry.revive(sentEvent(event)) : event;
    const decision = decide(this.definition, key, this.instances.get(key), input);
    if (decision === undefined) return;
    this.instances.set(key, decision.instance);
    this.decisions.push(decision);
  }

  /** Writes the steps, and hands their events to the turn, which appends them after its rows. */
  async write(): Promise<void> {
    if (this.decisions.length === 0) return;
    const { manager, decisions, definition } = this;
    const { options } = this.parts;
    // What follows from a step, such as a mail, must not outlive it: the commit waits for the disk.
    await manager.query('set local synchronous_commit to default');
    const last = new Map(decisions.map((decision) => [decision.key, decision]));
    await upsertInstances(manager, options, definition.name, [...last.values()]);
    await this.writeCommands();
    await this.writeTimers();
    for (const decision of decisions) await this.append(decision);
  }

  /** An operator who ends a process drops its commands that are not carried out yet. */
  private async writeCommands(): Promise<void> {
    const { manager, decisions, definition } = this;
    const { options } = this.parts;
    const ended = new Set(
      decisions.filter(({ input }) => input instanceof EndRequested).map(({ key }) => key),
    );
    if (ended.size > 0) await dropCommands(manager, options, definition.name, [...ended]);
    const living = decisions.filter(({ key }) => !ended.has(key));
    const commands = living.flatMap((decision) => this.commandsOf(decision));
    if (commands.length > 0) await insertCommands(manager, options, commands);
  }

  /** A timer that a later step of the turn replaces or cancels is stored first, and then cancelled. */
  private async writeTimers(): Promise<void> {
    const { manager, decisions } = this;
    const { options } = this.parts;
    const timers = decisions.flatMap((decision) => this.timersOf(decision));
    if (timers.length > 0) await this.parts.timers.insert(timers, manager);
    const cancelled = decisions.flatMap(({ recorder }) => recorder.cancelled);
    if (cancelled.length > 0) await cancelTimers(manager, options, cancelled);
  }

  private async append(decision: Decision): Promise<void> {
    const { key, stepped, recorder, input } = decision;
    const cause = messageOf(input, input.eventId);
    await this.appendAs(cause, streamOfProcess(this.definition.name, key), stepped);
    const message = messageOf(input, stepped.eventId);
    for (const { streamId, event } of recorder.appends) await this.appendAs(message, streamId, event);
  }

  private async appendAs(message: Message, streamId: string, event: EventToAppend): Promise<void> {
    const { store, context } = this.parts;
    const { manager } = this;
    await context.run(message, () =>
      store.appendToStream(streamId, 'any', [event], { manager, at: 'commit' }),
    );
  }

  private commandsOf({ key, input, stepped, recorder }: Decision): NewCommand[] {
    const place = { process: this.definition.name, key, step: recorder.number };
    const message = messageOf(input, stepped.eventId);
    return recorder.commands.map((sent, index) => ({ ...place, ...sent, number: index + 1, message }));
  }

  private timersOf({ key, input, stepped, recorder }: Decision): NewTimer[] {
    const { name: process } = this.definition;
    const metadata = { ...messageOf(input, stepped.eventId), schemaVersion: TimerDue.schemaVersion };
    return recorder.timers.map(({ id, name, dueAt, data }) => ({
      id,
      due: new Date(dueAt),
      streamId: streamOfProcess(process, key),
      type: TimerDue.type,
      data: { process, key, name, dueAt, ...(data && { data }) },
      metadata,
      process,
      key,
      name,
    }));
  }
}

/** The message of what follows from an input: its chain and its actor go on. */
function messageOf(
  { metadata: { correlationId, userId } }: Recorded<DomainEvent>,
  causationId: string,
): Message {
  return { correlationId, causationId, ...(userId !== undefined && { userId }) };
}

/** What an operator has sent, as the log would hold it: with the id, the place and the message of the sending. */
function sentEvent({
  data: {
    input: { type, schemaVersion, data },
  },
  eventId,
  position,
  streamId,
  version,
  metadata,
  timestamp,
}: Recorded<InputSent>): StoredEvent {
  return {
    type,
    data,
    eventId,
    position,
    streamId,
    version,
    timestamp,
    metadata: { ...metadata, schemaVersion },
  };
}
