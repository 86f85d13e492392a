import type { Type } from '@nestjs/common';
import type { DomainEvent, EventClass } from '../../event/domain-event.js';
import type { SendsCommands } from '../../nest/command-bus.js';
import { requireStorable } from '../../event/storable.js';
import { isWholeKey, MOST_OF_KEY, toKey } from '../../event/storable-key.js';
import { InvalidOptionsError } from '../../options/resolve-options.js';
import { durationMs } from '../../options/duration.js';
import type { ResolvedProcessOptions } from './process.decorator.js';
import { OWN_INPUTS, ProcessStepped } from './process-events.js';
import type { AnyProcess, ProcessCode } from './process-manager.js';

/** A process manager as the runner sees it: its code, and the durable names of its commands. */
export class ProcessDefinition {
  readonly name: string;
  readonly code: ProcessCode;
  /** How long a failing command is tried again, in ms. */
  readonly retryMs: number;
  /** In ms; undefined when a process is never stuck by silence. */
  readonly stuckAfterMs: number | undefined;
  private readonly key: ResolvedProcessOptions['key'];
  private readonly commands: Readonly<Record<string, Type<object>>>;
  private readonly namesOfCommands: ReadonlyMap<unknown, string>;
  private readonly starters: ReadonlySet<string> | undefined;
  private readonly inputs: ReadonlyMap<string, EventClass>;

  /** @throws InvalidOptionsError when the class has no function for an event, or one command has two names */
  constructor(
    manager: AnyProcess,
    eventClasses: readonly EventClass[],
    options: ResolvedProcessOptions,
    /** Undefined in a test without an application. */
    readonly bus?: SendsCommands,
  ) {
    this.name = options.name;
    this.code = manager.code;
    this.retryMs = durationMs(options.retry.for)!;
    this.stuckAfterMs = options.stuckAfter && durationMs(options.stuckAfter);
    this.key = options.key;
    this.commands = options.commands;
    this.namesOfCommands = new Map(Object.entries(options.commands).map(([name, each]) => [each, name]));
    this.starters = options.startsOn && new Set(options.startsOn.map(({ type }) => type));
    this.inputs = new Map(eventClasses.map((each) => [each.type, each]));
    requireComplete(this, manager.constructor.name, eventClasses, options);
  }

  get sendsCommands(): boolean {
    return this.namesOfCommands.size > 0;
  }

  /** The durable names of its commands. */
  get commandNames(): string[] {
    return Object.keys(this.commands);
  }

  /** The durable name of the command's class. @throws Error when `commands` of `@Process` does not list the class */
  nameOf(command: object): string {
    const name = this.namesOfCommands.get(command.constructor);
    if (name !== undefined) return name;
    throw new Error(
      `The process "${this.name}" sends a command that is a ${command.constructor.name}, which "commands" of its ` +
        "@Process does not list: add the class by a durable name, such as { 'cancel-order': CancelOrder }.",
    );
  }

  /** A stored command of one of `commandNames`, as an instance of its class. */
  revive(name: string, data: object): object {
    return Object.assign(Object.create(this.commands[name]!.prototype as object) as object, data);
  }

  /** The types of the application's events that it handles. */
  get inputTypes(): string[] {
    return [...this.inputs.keys()];
  }

  /** The class of such an event; undefined for a type that it does not handle. */
  inputOf(type: string): EventClass | undefined {
    return this.inputs.get(type);
  }

  /** The key that an event of the application gives; undefined when it gives none. */
  givenKey(event: Pick<DomainEvent, 'type' | 'data'>): unknown {
    const { key } = this;
    return (typeof key === 'string' ? (event.data as Record<string, unknown>)[key] : key(event)) ?? undefined;
  }

  /**
   * @throws Error when an event gives no key: a process that it is not about would take it; or one that cannot be
   *   stored whole: the process would have another key after a timer than after an event
   */
  requireKey(event: Pick<DomainEvent, 'type' | 'data'>): string {
    const given = toKey(this.givenKey(event));
    if (given !== undefined && given !== '') {
      if (isWholeKey(given)) return given;
      throw new Error(
        `The key that the event "${event.type}" gives the process "${this.name}" cannot be stored: it must have at ` +
          `most ${MOST_OF_KEY} characters, and no NUL and no half of a character.`,
      );
    }
    const what = typeof this.key === 'string' ? `has no "${this.key}", which is` : 'does not give';
    throw new Error(`The event "${event.type}" ${what} the key of the process "${this.name}".`);
  }

  /** Whether an event of the type starts a process. */
  startsOn(type: string): boolean {
    return this.starters === undefined || this.starters.has(type);
  }
}

/** The events that Eventfold appends to streams of processes. A process that handled them would step for ever. */
const IS_OWN: ReadonlySet<string> = new Set([...OWN_INPUTS, ProcessStepped].map(({ type }) => type));

function requireComplete(
  { code }: ProcessDefinition,
  className: string,
  eventClasses: readonly EventClass[],
  { commands, startsOn }: ResolvedProcessOptions,
): void {
  const faults: string[] = [];
  for (const { name, type } of eventClasses) {
    if (!IS_OWN.has(type)) continue;
    faults.push(
      `@EventsHandler of ${className} names ${name}: a process gets its own events by "when" and "commandRefused".`,
    );
  }
  const isRecord = typeof code.when === 'object' && code.when !== null;
  for (const { name, type } of eventClasses) {
    if (isRecord && typeof code.when[type] === 'function') continue;
    faults.push(
      `"when" of ${className} has no function for "${type}", which @EventsHandler(${name}) promises to handle.`,
    );
  }
  for (const each of startsOn ?? []) {
    if (eventClasses.includes(each)) continue;
    faults.push(`@Process of ${className}: startsOn names ${each.name}, which @EventsHandler does not name.`);
  }
  const classes = Object.values(commands);
  const twice = classes.find((each, index) => classes.indexOf(each) !== index);
  if (twice !== undefined) faults.push(`@Process of ${className}: commands names ${twice.name} twice.`);
  if (faults.length > 0) throw new InvalidOptionsError(faults);
  if (Array.isArray(code.initialState))
    throw new InvalidOptionsError([`initialState of ${className} is an array: it must be an object.`]);
  requireStorable(code.initialState, `initialState of ${className}`);
}
