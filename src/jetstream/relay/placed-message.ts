import type { EventMessage } from '../message/event-message.js';

/** The message of an event, and the sequence that it must get. */
export interface PlacedMessage extends EventMessage {
  sequence: number;
}

/** The stream has other events than this process thought: another relay was faster. */
export class OvertakenError extends Error {}
