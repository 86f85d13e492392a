import { type Rule, wholeNumber } from '../../event-sourcing/for-service.js';

/** The stream that the relay keeps, and how it publishes to it. */
export interface RelayOptions {
  /** The name of the stream. Default: `EVENTFOLD`. */
  stream?: string | undefined;
  /** The beginning of all subjects: one to eight words with dots between. Default: `eventfold`. */
  prefix?: string | undefined;
  /** The number of partitions of the subjects, from 1 to 100. It is fixed when the stream is made. Default: 16. */
  partitions?: number | undefined;
  /**
   * The position of the first event of the stream. It is fixed when the stream is made. With another than 1, consumers
   * lack the events before it. Default: 1.
   */
  firstPosition?: number | undefined;
  /** The most events that are published and not acknowledged, from 1 to 10,000. Default: 256. */
  windowEvents?: number | undefined;
  /** The most bytes of these events, from 1 to 2^30. A larger event is published alone. Default: 8 MiB. */
  windowBytes?: number | undefined;
  /**
   * How often the stream is compared with the log while it works, in ms, from 100 to 3,600,000. Each time that it
   * connects, it compares as well. Default: 60,000.
   */
  comparisonIntervalMs?: number | undefined;
}

export type ResolvedRelayOptions = { [Name in keyof RelayOptions]-?: NonNullable<RelayOptions[Name]> };

/** A name of a stream or a durable consumer. NATS takes more, and file systems do not. */
export const STREAM_NAME: Rule<string> = {
  says: 'a text of 1 to 64 letters, digits, "_" and "-"',
  accepts: (value) => typeof value === 'string' && /^[\w-]{1,64}$/.test(value),
};

export const PREFIX: Rule<string> = {
  byDefault: 'eventfold',
  says: 'one to eight words of letters, digits, "_" and "-", with dots between',
  accepts: (value) => typeof value === 'string' && /^[\w-]{1,64}(\.[\w-]{1,64}){0,7}$/.test(value),
};

export const RELAY_RULES: Record<keyof RelayOptions, Rule> = {
  stream: { ...STREAM_NAME, byDefault: 'EVENTFOLD' },
  prefix: PREFIX,
  partitions: wholeNumber(1, 100, 16),
  firstPosition: wholeNumber(1, Number.MAX_SAFE_INTEGER, 1),
  windowEvents: wholeNumber(1, 10_000, 256),
  windowBytes: wholeNumber(1, 2 ** 30, 8 * 2 ** 20),
  comparisonIntervalMs: wholeNumber(100, 3_600_000, 60_000),
};

/** The token of the resolved options. */
export const RELAY_OPTIONS = Symbol('options of the relay');
