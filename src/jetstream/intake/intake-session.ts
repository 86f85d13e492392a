import type { Consumer, ConsumerMessages } from '@nats-io/jetstream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../broker/broker.js';
import { BatchIntake, type BatchSurroundings, MAX_BATCH } from './batch-intake.js';
import { HeldMessages } from './held-messages.js';
import { openConsumer } from './intake-consumer.js';
import type { ResolvedIntakeOptions } from './intake-options.js';
import { pullOf } from './pull-size.js';
import { RejectedMessages } from './rejected-messages.js';

/** How long an end waits until the broker has heard of it, in ms. */
const FLUSH_WITHIN_MS = 1_000;

interface SessionSurroundings extends Omit<BatchSurroundings, 'held' | 'rejected' | 'options'> {
  broker: Broker;
  options: ResolvedIntakeOptions;
  /** The consumer is there, or the connection is there again. */
  connected: () => void;
  /** The connection was lost. The client looks for another node. */
  cutOff: () => void;
}

/** The work of an intake from one connection to the broker to its end. */
export class IntakeSession {
  readonly held: HeldMessages;
  /** Messages that wait at the broker, by the last message or look; null before the first look. */
  pending: number | null = null;
  private messages: ConsumerMessages | undefined;
  private isCutOff = false;

  constructor(private readonly around: SessionSurroundings) {
    this.held = new HeldMessages(around.options);
  }

  /**
   * Takes messages until `end` is called.
   *
   * @throws when the stream or the consumer is away, or the client gives up
   */
  async run(): Promise<void> {
    const { broker, options, connected } = this.around;
    const { consumer, ackWaitMs } = await openConsumer(broker, options.stream, options.durable);
    const { config, state } = await broker.streams.streams.info(options.stream);
    const rejected = await RejectedMessages.open(broker, options.prefix, config);
    await this.look(consumer);
    connected();
    void this.watch();
    const keeping = setInterval(() => this.keep(consumer), ackWaitMs / 3);
    try {
      this.messages = await consumer.consume({ ...pullOf(config, state), abort_on_missing_resource: true });
      if (this.held.isClosed) this.end();
      await this.work(this.messages, rejected);
    } finally {
      clearInterval(keeping);
      this.end();
      await Promise.race([broker.connection.flush().catch(() => undefined), sleep(FLUSH_WITHIN_MS)]);
    }
  }

  /**
   * Gives back all messages but those of the append under way. What is on the wire at this moment comes again when the
   * time of the consumer is over. Can be called again.
   */
  end(): void {
    this.messages?.stop();
    this.held.close();
  }

  private async work(messages: ConsumerMessages, rejected: RejectedMessages): Promise<void> {
    const batches = new BatchIntake({ ...this.around, held: this.held, rejected });
    const delivery = this.deliver(messages).finally(() => this.end());
    delivery.catch(() => undefined); // it is thrown below
    for (let batch = await this.held.take(MAX_BATCH); batch.length > 0;) {
      await batches.take(batch);
      batch = await this.held.take(MAX_BATCH);
    }
    await batches.confirmed();
    await delivery;
  }

  private async deliver(messages: ConsumerMessages): Promise<void> {
    for await (const message of messages) {
      this.pending = message.info.pending;
      await this.held.add(message);
    }
  }

  /** While there is no connection, the client would keep each of these words in memory. */
  private keep(consumer: Consumer): void {
    if (this.isCutOff) return;
    this.held.keep();
    this.look(consumer).catch(() => undefined); // the next look may succeed
  }

  /** Other processes take messages as well, so the last message of this one says too little. */
  private async look(consumer: Consumer): Promise<void> {
    this.pending = (await consumer.info()).num_pending;
  }

  private async watch(): Promise<void> {
    for await (const { type } of this.around.broker.connection.status()) {
      if (type === 'disconnect') this.around.cutOff();
      if (type === 'reconnect') this.around.connected();
      if (type === 'disconnect' || type === 'reconnect') this.isCutOff = type === 'disconnect';
    }
  }
}
