import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';

const NOT_FOUND = new Set<number>([
  JetStreamApiCodes.ConsumerNotFound,
  JetStreamApiCodes.StreamNotFound,
  JetStreamApiCodes.NoMessageFound,
]);

/** Whether the broker has answered that a stream, a consumer or a message is not there. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof JetStreamApiError && NOT_FOUND.has(error.code);
