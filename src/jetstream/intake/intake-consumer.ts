import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
} from '@nats-io/jetstream';
import type { Broker } from '../broker/broker.js';
import { isNotFound } from '../broker/not-found.js';

const NANOS_PER_MS = 1_000_000;
/** The broker delivers a message again when it has heard nothing of it for this time. */
const ACK_WAIT_MS = 30_000;
/** The most messages that all processes together may hold. */
const MAX_ACK_PENDING = 20_000;

/** A durable consumer that all processes of the intake share. */
export interface SharedConsumer {
  consumer: Consumer;
  config: ConsumerConfig;
  /** The subject of its requests for messages. */
  requests: string;
  /** How long the broker waits for a word about a message, in ms. */
  ackWaitMs: number;
}

/**
 * Opens the durable consumer, and makes it when it is missing. An operator may have made it, with a filter or another
 * time limit.
 *
 * @throws Error in words when the consumer that is there could lose messages
 */
export async function openConsumer(broker: Broker, stream: string, durable: string): Promise<SharedConsumer> {
  const { consumers } = broker.streams;
  const info = await consumers.info(stream, durable).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    return consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: ACK_WAIT_MS * NANOS_PER_MS,
      max_ack_pending: MAX_ACK_PENDING,
    });
  });
  requireLossless(info);
  const consumer = await broker.client.consumers.get(stream, durable);
  const requests = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`;
  return { consumer, config: info.config, requests, ackWaitMs: info.config.ack_wait! / NANOS_PER_MS };
}

function requireLossless({ stream_name, name, config }: ConsumerInfo): void {
  const faults = [
    config.deliver_subject !== undefined && 'it must be a pull consumer, and has a deliver_subject',
    config.ack_policy !== AckPolicy.Explicit &&
      `its ack_policy must be explicit, and is ${config.ack_policy}`,
    config.headers_only === true && 'its headers_only must be false, and is true',
    (config.max_deliver ?? -1) > 0 && `its max_deliver must be -1, and is ${config.max_deliver}`,
  ].filter((fault) => fault !== false);
  if (faults.length === 0) return;
  throw new Error(`the consumer "${name}" of the stream "${stream_name}" does not fit: ${faults.join('; ')}`);
}
