import { type Rule, synchronousFunction, wholeNumber } from '../../event-sourcing/for-service.js';
import type { EventToAppend } from '../../event-sourcing/index.js';
import { PREFIX, STREAM_NAME } from '../relay/relay-options.js';
import type { IncomingMessage } from './incoming-message.js';

/** An event for the log, and its stream there. */
export interface IncomingEvent {
  streamId: string;
  event: EventToAppend;
}

/** From a stream of other services into the log. */
export interface IntakeOptions {
  /** The name of the stream. It must exist. */
  stream: string;
  /**
   * The name of the durable consumer. All processes with the same name share its messages. It is made when it is
   * missing. Default: `eventfold`.
   */
  durable?: string | undefined;
  /**
   * Makes an event of a message. An event without an id gets that of the message, so that a repeat changes nothing. A
   * message for which it throws is rejected, with the text of the error as the reason.
   */
  map: (message: IncomingMessage) => IncomingEvent;
  /** Rejected messages are kept on the subject `<prefix>.rejected`. Default: `eventfold`. */
  prefix?: string | undefined;
  /** The most messages in the memory of the process, from 1 to 10,000. Default: 2,000. */
  maxMessages?: number | undefined;
  /** The most bytes of these messages, from 1 to 2^30. A larger message is taken alone. Default: 16 MiB. */
  maxBytes?: number | undefined;
}

export type ResolvedIntakeOptions = { [Name in keyof IntakeOptions]-?: NonNullable<IntakeOptions[Name]> };

export const INTAKE_RULES: Record<keyof IntakeOptions, Rule> = {
  stream: STREAM_NAME,
  durable: { ...STREAM_NAME, byDefault: 'eventfold' },
  map: { ...synchronousFunction('that makes an event of a message'), isOptional: false },
  prefix: PREFIX,
  maxMessages: wholeNumber(1, 10_000, 2_000),
  maxBytes: wholeNumber(1, 2 ** 30, 16 * 2 ** 20),
};

/** The token of the resolved options. */
export const INTAKE_OPTIONS = Symbol('options of the intake');
