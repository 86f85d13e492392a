import { JetStreamApiCodes } from '@nats-io/jetstream';
import type { EventMessage } from '../message/event-message.js';

/** The message of an event, and the sequence that it must get. */
export interface PlacedMessage extends EventMessage {
  sequence: number;
}

/** The broker's code for a stream that does not end right before a message. */
export const WRONG_SEQUENCE: number = JetStreamApiCodes.StreamWrongLastSequence;

/** The stream has other events than this process thought: another relay was faster. */
export class OvertakenError extends Error {}
