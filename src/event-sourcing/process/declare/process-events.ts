/**
 * The events that Eventfold itself appends to the stream of a process, `<name>-<key>`. The stream tells all about it:
 * what it received, decided, sent and scheduled.
 */
import { DomainEvent, type EventClass } from '../../event/domain-event.js';
import type { ErrorKind } from '../../errors.js';

/** The process and the key that an event of this file belongs to. */
export interface OfProcess {
  process: string;
  key: string;
}

/** A command that a step sends. */
export interface SentCommand {
  id: string;
  /** Its name in `commands` of `@Process`. */
  command: string;
  data: object;
}

/** A timer that a step schedules. */
export interface StepTimer {
  id: string;
  name: string;
  /** ISO 8601. */
  dueAt: string;
  data?: object;
}

interface Stepped extends OfProcess {
  /** The number of the step, from 1. */
  step: number;
  input: { eventId: string; type: string; position: number };
  /** The state after the step. */
  state: object;
  commands: readonly SentCommand[];
  timers: readonly StepTimer[];
  /** The timers that wait after the step: their ids, by name. */
  waiting: Readonly<Record<string, string>>;
  /** Whether the process has ended by this step. */
  ended?: true;
}

/** One step of a process: its input, and all that it decided. The state of the process is in its last step. */
export class ProcessStepped extends DomainEvent<'process.stepped', Stepped> {
  static readonly type = 'process.stepped';
  readonly type = ProcessStepped.type;
}

/** A timer of a process has fired. The id of the event is that of the timer. */
export class TimerDue extends DomainEvent<
  'process.timer-due',
  OfProcess & { name: string; dueAt: string; data?: object }
> {
  static readonly type = 'process.timer-due';
  readonly type = TimerDue.type;
}

/** Why a command was not carried out. */
export interface RefusedCommand {
  commandId: string;
  /** Its name in `commands` of `@Process`. */
  command: string;
  data: object;
  kind: ErrorKind;
  /** The code of the error. */
  code: string;
  message: string;
  details: Record<string, unknown>;
}

/** A command of a process was refused. */
export class CommandRefused extends DomainEvent<'process.command-refused', OfProcess & RefusedCommand> {
  static readonly type = 'process.command-refused';
  readonly type = CommandRefused.type;
}

/** An operator ends the process. */
export class EndRequested extends DomainEvent<'process.end-requested', OfProcess & { reason?: string }> {
  static readonly type = 'process.end-requested';
  readonly type = EndRequested.type;
}

/** An operator hands an event to a process by hand, as if the log had it. Other readers of the log do not see it. */
export class InputSent extends DomainEvent<
  'process.input-sent',
  OfProcess & { input: { type: string; schemaVersion: number; data: object }; reason?: string }
> {
  static readonly type = 'process.input-sent';
  readonly type = InputSent.type;
}

/** The inputs of processes that Eventfold appends. Each process handles those that name it. */
export const OWN_INPUTS: readonly EventClass[] = [TimerDue, CommandRefused, EndRequested, InputSent];

const OWN_TYPES: ReadonlySet<string> = new Set(OWN_INPUTS.map(({ type }) => type));

/** The process and key that an input of Eventfold names; undefined for an event of the application. */
export const addresseeOf = (event: { type?: string; data?: object }): OfProcess | undefined =>
  OWN_TYPES.has(event.type!) ? (event.data as OfProcess) : undefined;

/** The stream of a process. */
export const streamOfProcess = (name: string, key: string): string => `${name}-${key}`;
