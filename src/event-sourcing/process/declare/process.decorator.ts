import { SetMetadata, type Type } from '@nestjs/common';
import type { EventClass } from '../../event/domain-event.js';
import { isClass } from '../../options/class-lists.js';
import { DURATION, DURATION_IN_WORDS, type Duration, durationMs } from '../../options/duration.js';
import { group, type Group, NAME, oneOf, optional, type Rule, wholeNumber } from '../../options/rules.js';
import { MAX_INTEGER } from '../../postgres/integer.js';

export interface ProcessOptions {
  /**
   * The durable name: of the checkpoint, in routes and metrics, and the first part of its streams, `<name>-<key>`.
   * Never reuse one.
   */
  name: string;
  /**
   * Which process an event belongs to: the name of a property of the data, or a function of the event. The process of
   * a key handles its events in order, and a failure parks only that key.
   */
  key: string | ((event: any) => string);
  /**
   * The classes of the commands that it sends, by their durable names: `{ 'cancel-order': CancelOrder }`. A command is
   * stored until it is carried out, by its name and its own properties, which must survive JSON. Default: none.
   */
  commands?: Readonly<Record<string, Type<object>>>;
  /** The events that start a process. Other events of a key without a process are passed over. Default: all events. */
  startsOn?: readonly EventClass[];
  /** A process without a step and without a waiting timer for longer than this is listed as stuck. Default: never. */
  stuckAfter?: Duration;
  /** How long a failing command is tried again, with growing pauses, before its process is stuck. Default: `1h`. */
  retry?: { for: Duration };
  /**
   * Raise it when the process handles other events than before. Instances of an older build then leave it to newer
   * ones. Range: 0 to 2,147,483,647. Default: 1.
   */
  revision?: number;
  /** How many parts work side by side, each with its own checkpoint: 1 to 256. Fixed at the first start. Default: 1. */
  partitions?: number;
  /** Where a new process manager begins. Default: `end`, so that it sends no commands about the past. */
  startsAt?: 'beginning' | 'end';
}

/** The options with every default filled in. */
export type ResolvedProcessOptions = Required<Omit<ProcessOptions, 'stuckAfter' | 'startsOn'>> &
  Pick<ProcessOptions, 'stuckAfter' | 'startsOn'>;

const isCommands = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([name, each]) => NAME.accepts(name) && isClass(each));

export const PROCESS_RULES: Record<keyof ProcessOptions, Rule | Group> = {
  name: NAME,
  key: {
    says: 'the name of a property of the data, or a function of the event',
    accepts: (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
  },
  commands: {
    byDefault: {},
    says: "an object of the commands' classes by their durable names; a circular import leaves its class undefined",
    accepts: isCommands,
  },
  startsOn: {
    isOptional: true,
    says: 'an array of at least one event class; a circular import leaves its class undefined',
    accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isClass),
  },
  stuckAfter: optional({
    says: `${DURATION_IN_WORDS}, and above zero`,
    accepts: (value) => (durationMs(value) ?? 0) > 0,
  }),
  retry: group<{ for: Duration }>({ for: { ...DURATION, byDefault: '1h' } as never }),
  revision: wholeNumber(0, MAX_INTEGER, 1),
  partitions: wholeNumber(1, 256, 1),
  startsAt: { ...oneOf('beginning', 'end'), byDefault: 'end' },
};

/**
 * Makes an `@EventsHandler` class that extends `ProcessManager` a durable process manager: what follows from events,
 * over hours or weeks, with timers, commands and compensation.
 *
 * A step is one transaction: input, state, commands to send, timers. So each input has its effects once, after any
 * crash and on any number of instances. Commands are sent over Nest's `CommandBus`, in the order of their process.
 */
export const Process = (options: ProcessOptions): ClassDecorator => SetMetadata(PROCESS_METADATA, options);

export const PROCESS_METADATA = 'eventfold:process';
