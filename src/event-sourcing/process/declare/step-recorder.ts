import type { StoredEvent } from '../../event/domain-event.js';
import { requireText, storedCopy } from '../../event/storable.js';
import { InvalidArgumentError } from '../../options/require-arguments.js';
import { DURATION_IN_WORDS, durationMs } from '../../options/duration.js';
import { broken, isRecord } from '../../options/resolve-options.js';
import { isInstant } from '../../timers/timer-arguments.js';
import { canonicalUuid } from '../../event/uuid.js';
import type { EventToAppend } from '../../log/append/append.js';
import type { ProcessDefinition } from './process-definition.js';
import type { SentCommand, StepTimer } from './process-events.js';
import { processId } from './process-ids.js';
import type { Step, TimerTime } from './step.js';

/** The input of a step, with what the ids of its effects are made of. */
export type StepInput = Pick<StoredEvent, 'eventId' | 'timestamp'>;

/** An event that a step appends, besides its own. */
export interface StepAppend {
  streamId: string;
  event: EventToAppend & { eventId: string };
}

/**
 * Notes what the code of a process asks for in one step. The ids of commands, timers and events are made of the
 * process, the key, the id of the input and their number: the same step has the same ids. Its functions need no `this`:
 * code may take them out, as in `({ data }, { state, execute }) => ...`.
 */
export class StepRecorder implements Step<any, any> {
  readonly commands: SentCommand[] = [];
  readonly timers: StepTimer[] = [];
  readonly appends: StepAppend[] = [];
  /** The ids of timers that the step cancels. */
  readonly cancelled: string[] = [];
  /** The waiting timers after the step: their ids, by name. */
  waiting: Record<string, string>;
  hasEnded = false;
  private isOver = false;
  private made = 0;

  constructor(
    private readonly definition: ProcessDefinition,
    readonly key: string,
    private readonly input: StepInput,
    readonly state: object,
    readonly number: number,
    waiting: Readonly<Record<string, string>>,
  ) {
    this.waiting = { ...waiting };
  }

  /** A new one each time, since a date can be changed. */
  get at(): Date {
    return new Date(this.input.timestamp);
  }

  readonly execute = (command: object): void => {
    this.requireOpen('execute');
    requireObject('step.execute: command', command, 'an instance of a class of "commands"');
    const name = this.definition.nameOf(command);
    this.commands.push({ id: this.nextId('command'), command: name, data: storedCopy({ ...command }) });
  };

  readonly schedule = (name: string, time: TimerTime, data?: object): void => {
    this.requireOpen('schedule');
    this.requireTimer(name);
    this.drop(name);
    const id = this.nextId('timer');
    const dueAt = this.timeOf(time).toISOString();
    this.timers.push({ id, name, dueAt, ...(data !== undefined && { data: storedCopy(data) }) });
    this.waiting[name] = id;
  };

  readonly cancel = (name: string): void => {
    this.requireOpen('cancel');
    this.drop(name);
  };

  readonly append = (streamId: string, event: EventToAppend): void => {
    this.requireOpen('append');
    requireText(streamId, 'The stream id');
    requireObject('step.append: event', event, 'an event');
    const { type, schemaVersion } = event;
    const eventId = canonicalUuid(event.eventId ?? '') ?? this.nextId('event');
    const data = storedCopy(event.data);
    this.appends.push({
      streamId,
      event: { type, data, eventId, ...(schemaVersion !== undefined && { schemaVersion }) },
    });
  };

  readonly end = (): void => {
    this.requireOpen('end');
    this.hasEnded = true;
  };

  /** After the code has returned: an ended process has no waiting timer, and a late call is refused. */
  close(): void {
    this.isOver = true;
    if (this.hasEnded) for (const name of Object.keys(this.waiting)) this.drop(name);
  }

  /** A timer of the same step is not scheduled at all. */
  private drop(name: string): void {
    const id = Object.hasOwn(this.waiting, name) ? this.waiting[name]! : undefined;
    if (id === undefined) return;
    delete this.waiting[name];
    const own = this.timers.findIndex((timer) => timer.id === id);
    if (own >= 0) this.timers.splice(own, 1);
    else this.cancelled.push(id);
  }

  private requireTimer(name: string): void {
    const { code, name: process } = this.definition;
    const isEvent = this.definition.inputOf(name) !== undefined;
    if (!isEvent && typeof code.when[name] === 'function') return;
    throw new InvalidArgumentError([
      isEvent
        ? `step.schedule: "${name}" is an event that the process "${process}" handles: give the timer another name.`
        : `step.schedule: "when" of the process "${process}" has no function for the timer "${name}".`,
    ]);
  }

  private timeOf(time: TimerTime): Date {
    const rule = `{ in: ${DURATION_IN_WORDS} } or { at: a valid Date of the years 1 to 9999 }`;
    requireObject('step.schedule: time', time, rule);
    const { in: after, at } = time as { in?: unknown; at?: unknown };
    const ms = at === undefined ? durationMs(after) : undefined;
    if (ms !== undefined) return new Date(this.at.getTime() + ms);
    if (after === undefined && isInstant(at)) return at;
    throw new InvalidArgumentError([broken('step.schedule: time', time, rule)]);
  }

  private nextId(kind: string): string {
    return processId(this.definition.name, this.key, this.input.eventId, kind, this.made++);
  }

  private requireOpen(method: string): void {
    if (!this.isOver) return;
    throw new Error(
      `step.${method} was called after its step of the process "${this.definition.name}": the functions of a process ` +
        'are not asynchronous.',
    );
  }
}

/** @throws InvalidArgumentError */
function requireObject(what: string, value: unknown, rule: string): void {
  if (!isRecord(value)) throw new InvalidArgumentError([broken(what, value, rule)]);
}
