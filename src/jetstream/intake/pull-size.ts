import type { StreamConfig, StreamState } from '@nats-io/jetstream';

/** About the bytes that the client asks for at a time. It has them in memory before the intake takes them. */
const PULL_BYTES = 4 * 2 ** 20;
const MAX_MESSAGES = 1_000;

/**
 * How much the client asks of the broker at a time. It takes one limit alone, of messages or of bytes. With a limit of
 * bytes it asks for 100 messages and no more, and took 15,000 messages a second where 1,000 gave 26,000. So the bytes
 * become messages where the size of a message is known: the largest that the stream takes, or else the mean.
 */
export function pullOf(
  { max_msg_size: largest }: Pick<StreamConfig, 'max_msg_size'>,
  { messages, bytes }: Pick<StreamState, 'messages' | 'bytes'>,
): { max_messages: number } | { max_bytes: number } {
  if (largest <= 0 && messages === 0) return { max_bytes: PULL_BYTES };
  const size = largest > 0 ? largest : bytes / messages;
  return { max_messages: Math.max(1, Math.min(Math.floor(PULL_BYTES / size), MAX_MESSAGES)) };
}
