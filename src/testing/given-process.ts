import type { Type } from '@nestjs/common';
import {
  CommandRefused,
  type DomainEvent,
  type ErrorKind,
  ProcessManager,
  type Recorded,
  TimerDue,
} from '../event-sourcing/index.js';
import {
  type AnyProcess,
  type Decision,
  decide,
  definitionOf,
  type Instance,
  type ProcessDefinition,
} from '../event-sourcing/for-testing.js';
import { compare, fail } from './comparison.js';
import { asStored, recorded, requireEvents } from './past-events.js';

/** What is expected of a process. */
export interface ExpectedOfProcess {
  /** The commands that it has sent, in order. Default: none. */
  commands?: readonly object[];
  /** The events that it has appended to other streams, in order. Default: none. */
  events?: readonly DomainEvent[];
  /** The timers that wait now: when they are due, by name. Default: not compared. */
  timers?: Readonly<Record<string, Date | string>>;
  /** Its state now. Default: not compared. */
  state?: object;
  /** Whether it has ended. Default: not compared. */
  ended?: boolean;
}

/**
 * The start of a test of a process manager, without a database and without a clock:
 *
 * ```ts
 * givenProcess(Checkout, [new OrderPlaced({ orderId: 'o1' })])
 *   .at('2025-01-01T00:30:01Z') // moves the time, and fires the timers that are due
 *   .then({ commands: [new CancelOrder('o1')] });
 * ```
 *
 * The first event is at 2025-01-01T00:00:01Z, and each one is a second later than the one before.
 *
 * @param process a class with `@Process` and `@EventsHandler`, or an instance of one that needs settings
 * @param past the events of one key that it has handled
 */
export function givenProcess(
  process: Type<AnyProcess> | AnyProcess,
  past: readonly DomainEvent[] = [],
): GivenProcess {
  const manager = typeof process === 'function' ? new process() : process;
  if (!(manager instanceof ProcessManager))
    fail('givenProcess takes a class that extends ProcessManager, or an instance of one.');
  requireEvents(past);
  const given = new GivenProcess(definitionOf(manager), INITIAL);
  return past.reduce<GivenProcess>((before, event) => before.when(event), given).asPast();
}

interface World {
  instance: Instance | undefined;
  /** The time, in ms. */
  now: number;
  /** Whether a test has set it: the next event is then at that time. */
  isSet: boolean;
  key: string | undefined;
  events: number;
  /** The timers that wait, by their ids. */
  timers: ReadonlyMap<string, { name: string; dueAt: number; data: object | undefined }>;
  /** What has followed since the last input of the test. */
  decisions: readonly Decision[];
}

const INITIAL: World = {
  instance: undefined,
  now: Date.UTC(2025, 0, 1),
  isSet: false,
  key: undefined,
  events: 0,
  timers: new Map(),
  decisions: [],
};

/** A process at a time of a test. Each input makes a new one. */
export class GivenProcess {
  constructor(
    private readonly definition: ProcessDefinition,
    private readonly world: World,
  ) {}

  /** Moves the time, and fires the timers that are due until then, in order. A time that has passed is refused. */
  at(time: Date | string): GivenProcess {
    const to = new Date(time).getTime();
    if (Number.isNaN(to) || to < this.world.now) {
      fail(`at(${String(time)}) is no time from ${new Date(this.world.now).toJSON()} on.`);
    }
    return this.asPast().fireUntil(to).with({ now: to, isSet: true });
  }

  /** Gives it an event, in the form in which the log returns it. Timers that are due before the event fire first. */
  when(event: DomainEvent): GivenProcess {
    requireEvents([event]);
    const { isSet, now } = this.world;
    const at = isSet ? now : now + 1_000;
    const key = this.definition.requireKey(event);
    if (this.world.key !== undefined && key !== this.world.key)
      fail(`The event is about the process "${key}", and this is "${this.world.key}": give each a test.`);
    const before = this.asPast().fireUntil(at).asPast().with({ now: at, isSet: false, key });
    return before.handle(event);
  }

  /** Tells it that a command which it has sent was refused. */
  whenRefused(
    command: object,
    {
      code,
      kind = 'refused',
      details = {},
    }: { code: string; kind?: ErrorKind; details?: Record<string, unknown> },
  ): GivenProcess {
    const name = this.definition.nameOf(command);
    const process = this.definition.name;
    const key = this.world.key ?? fail('The process has no event yet: give it one first.');
    const data = { process, key, commandId: NO_ID, command: name, data: asStored({ ...command }) };
    if (this.definition.code.commandRefused === undefined) {
      fail(`${process} has no method "commandRefused": a refused command would make it stuck.`);
    }
    if (this.hasEnded) fail(`${process} has ended: a refused command would make it stuck.`);
    return this.asPast().handle(new CommandRefused({ ...data, kind, code, message: code, details }));
  }

  /**
   * Compares what has followed from the last input: commands, events, and what else is given.
   *
   * @throws AssertionError
   */
  // oxlint-disable-next-line unicorn/no-thenable -- given, when, then: `await` of it fails below
  then(expected: ExpectedOfProcess): GivenProcess {
    if (typeof expected === 'function') fail('This is no promise: end it with then({ commands, events }).');
    const { name } = this.definition;
    const { commands = [], events = [], timers, state, ended, ...unknown } = expected;
    const [misspelt] = Object.keys(unknown);
    if (misspelt !== undefined)
      fail(`then compares commands, events, timers, state and ended: it does not know "${misspelt}".`);
    compare(
      this.commands,
      commands.map((each) => this.shown(each)),
      `${name} should have sent these commands:`,
    );
    compare(this.appended, events.map(shownEvent), `${name} should have appended these events:`);
    if (timers !== undefined) compare(this.waiting, timesOf(timers), `${name} should wait for these timers:`);
    if (state !== undefined) compare(this.state, asStored(state), `${name} should have this state:`);
    if (ended !== undefined)
      compare(this.hasEnded, ended, `${name} should ${ended ? '' : 'not '}have ended:`);
    return this;
  }

  /** Its state now. */
  get state(): object {
    return asStored(this.world.instance?.state ?? this.definition.code.initialState);
  }

  get hasEnded(): boolean {
    return this.world.instance?.life === 'ended';
  }

  /** What has followed is not compared any more. */
  asPast(): GivenProcess {
    return this.with({ decisions: [] });
  }

  private with(changes: Partial<World>): GivenProcess {
    return new GivenProcess(this.definition, { ...this.world, ...changes });
  }

  private fireUntil(time: number): GivenProcess {
    const [next] = [...this.world.timers].toSorted(
      // As the log has them: those of one time in the order of their ids.
      ([oneId, one], [otherId, other]) => one.dueAt - other.dueAt || (oneId < otherId ? -1 : 1),
    );
    if (next === undefined || next[1].dueAt > time) return this;
    const [id, { name, dueAt, data }] = next;
    const now = Math.max(dueAt, this.world.now);
    const due = new TimerDue(
      {
        process: this.definition.name,
        key: this.world.key!,
        name,
        dueAt: new Date(dueAt).toJSON(),
        ...(data && { data }),
      },
      id,
    );
    const timers = new Map(this.world.timers);
    timers.delete(id);
    return this.with({ now, timers }).handle(due).fireUntil(time);
  }

  private handle(event: DomainEvent): GivenProcess {
    const { events, now, instance, decisions, key } = this.world;
    const [input] = recorded('test', [event], events) as [Recorded<DomainEvent>];
    Object.assign(
      input,
      { timestamp: new Date(now) },
      Object.hasOwn(event, 'timestamp') ? { timestamp: (event as any).timestamp } : {},
    );
    const decision = decide(this.definition, key!, instance, input);
    const after = this.with({ events: events + 1 });
    if (decision === undefined) return after;
    return after.with({
      instance: decision.instance,
      decisions: [...decisions, decision],
      timers: timersAfter(this.world.timers, decision),
    });
  }

  private get commands(): object[] {
    return this.world.decisions.flatMap(({ recorder }) =>
      recorder.commands.map(({ command, data }) => ({ command, ...asStored(data) })),
    );
  }

  private shown(command: object): object {
    return { command: this.definition.nameOf(command), ...asStored({ ...command }) };
  }

  private get appended(): object[] {
    return this.world.decisions.flatMap(({ recorder }) =>
      recorder.appends.map(({ event }) => shownEvent(event)),
    );
  }

  private get waiting(): Record<string, string> {
    const waiting = [...this.world.timers.values()];
    return timesOf(Object.fromEntries(waiting.map(({ name, dueAt }) => [name, new Date(dueAt)])));
  }
}

const NO_ID = '00000000-0000-4000-8000-000000000000';

function timersAfter(before: World['timers'], { recorder }: Decision): World['timers'] {
  const after = new Map(before);
  for (const id of recorder.cancelled) after.delete(id);
  for (const { id, name, dueAt, data } of recorder.timers)
    after.set(id, { name, dueAt: Date.parse(dueAt), data });
  return after;
}

const shownEvent = ({ type, data }: { type: string; data: object }) => ({ type, data: asStored(data) });

const timesOf = (timers: Readonly<Record<string, Date | string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(timers)
      .map(([name, time]) => [name, new Date(time).toJSON()] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
