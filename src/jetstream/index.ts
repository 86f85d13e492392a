/** `nest-eventfold/jetstream`: an event store beside a NATS JetStream cluster. */
export type { BrokerOptions } from './broker/broker-options.js';
export type { IncomingMessage } from './intake/incoming-message.js';
export type { IncomingEvent, IntakeOptions } from './intake/intake-options.js';
export { JetStreamModule, type JetStreamOptions } from './jetstream.module.js';
export { EventsRemovedError, StreamAwayError, WrongStreamError } from './remote/remote-errors.js';
export { jetstreamLog } from './remote/jetstream-log.js';
export type { JetStreamLogOptions } from './remote/stream-options.js';
export type { RelayOptions } from './relay/relay-options.js';
