import type { Consumer } from '@nats-io/jetstream';
import { PermissionViolationError } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../broker/broker.js';
import { BatchIntake, type BatchSurroundings, MAX_BATCH } from './batch-intake.js';
import type { Delivery } from './delivered-message.js';
import { HeldMessages } from './held-messages.js';
import { openConsumer, type SharedConsumer } from './intake-consumer.js';
import type { ResolvedIntakeOptions } from './intake-options.js';
import { Pull, requestOf } from './pull.js';
import { type InvalidMessage, type MappedMessage, readMessage } from './read-message.js';
import { RejectedMessages } from './rejected-messages.js';

/** How long an end waits until the broker has heard of it, in ms. */
const FLUSH_WITHIN_MS = 1_000;

interface SessionSurroundings extends Omit<
  BatchSurroundings,
  'held' | 'rejected' | 'disconnects' | 'unconfirmed'
> {
  broker: Broker;
  options: ResolvedIntakeOptions;
  /** The consumer is there, or the connection is there again. */
  connected: () => void;
  /** The connection was lost. The client looks for another node. */
  cutOff: () => void;
}

/** The work of an intake from one connection to the broker to its end. */
export class IntakeSession {
  readonly held: HeldMessages<MappedMessage | InvalidMessage>;
  /** Messages that wait at the broker, by the last message or look; null before the first look. */
  pending: number | null = null;
  private pull: Pull | undefined;
  private isCutOff = false;
  private disconnects = 0;
  /** The broker has not confirmed the last acknowledgement. */
  private isUnconfirmed = false;

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
    const shared = await openConsumer(broker, options.stream, options.durable);
    const { consumer, ackWaitMs } = shared;
    const { config } = await broker.streams.streams.info(options.stream);
    const rejected = await RejectedMessages.open(broker, options.prefix, config);
    await this.look(consumer);
    connected();
    void this.watch();
    const keeping = setInterval(() => this.keep(consumer), ackWaitMs / 3);
    try {
      await this.work(shared, rejected);
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
    this.pull?.stop();
    this.held.close();
  }

  private async work(shared: SharedConsumer, rejected: RejectedMessages): Promise<void> {
    const batches = new BatchIntake({
      ...this.around,
      held: this.held,
      rejected,
      disconnects: () => this.disconnects,
      unconfirmed: (error) => this.unconfirmed(error),
    });
    const delivery = this.deliver(shared).finally(() => this.end());
    delivery.catch(() => undefined); // it is thrown below
    for (let batch = await this.held.take(MAX_BATCH); batch.length > 0;) {
      await batches.take(batch);
      batch = await this.held.take(MAX_BATCH);
    }
    await batches.confirmed();
    await delivery;
  }

  /**
   * Asks for what there is room for, one request after the other. A message that is larger is taken alone. Each is read
   * when it comes, while the database is busy with the messages before it.
   */
  private async deliver({ consumer, config, requests }: SharedConsumer): Promise<void> {
    const take = (message: Delivery) => {
      this.pending = message.info.pending;
      this.held.add(readMessage(message, this.around.options.map));
    };
    let isLarge = false;
    for (let room = await this.held.room(); room !== undefined; room = await this.held.room()) {
      if (isLarge) await this.held.empty();
      if (this.held.isClosed) return;
      const request = requestOf(config, isLarge ? undefined : room);
      this.pull = new Pull(this.around.broker.connection, requests, request, take, () => this.isCutOff);
      const end = await this.pull.ended;
      isLarge = end === 'too-large' && this.pull.count === 0;
      if (end === 'lost') await this.look(consumer); // it may be away
    }
  }

  private unconfirmed(error: unknown): void {
    this.isUnconfirmed = true;
    const { cause } = error as Error;
    if (error instanceof PermissionViolationError) this.lacks(error);
    else if (cause instanceof PermissionViolationError) this.lacks(cause);
    else this.tell(`the broker confirms no acknowledgement: ${(error as Error).message}`);
  }

  /** Nothing passes by itself that a right is missing for. An acknowledgement names each message in its subject. */
  private lacks({ operation, subject }: PermissionViolationError): void {
    const right = subject.startsWith('$JS.ACK.') ? '$JS.ACK.>' : subject;
    this.isUnconfirmed ||= right !== subject;
    this.tell(`the user of the broker lacks the right for ${operation} to ${right}`);
  }

  private tell(reason: string): void {
    void this.around.waits(new Error(reason), 0);
  }

  /** While there is no connection, the client would keep each of these words in memory. */
  private keep(consumer: Consumer): void {
    if (this.isCutOff) return;
    this.held.keep();
    this.look(consumer).catch(() => undefined); // the next look may succeed
  }

  /** Other processes take messages as well, so the last message of this one says too little. */
  private async look(consumer: Consumer): Promise<void> {
    const { num_pending, num_ack_pending } = await consumer.info();
    this.pending = num_pending;
    if (!this.isUnconfirmed || num_ack_pending > 0) return;
    this.isUnconfirmed = false;
    this.around.goesOn();
  }

  private async watch(): Promise<void> {
    let lost: Pull | undefined;
    for await (const status of this.around.broker.connection.status()) {
      if (status.type === 'error' && status.error instanceof PermissionViolationError)
        this.lacks(status.error);
      if (status.type === 'disconnect') {
        [this.isCutOff, this.disconnects, lost] = [true, this.disconnects + 1, this.pull];
        this.around.cutOff();
      }
      if (status.type === 'reconnect') {
        this.isCutOff = false;
        this.around.connected();
        lost?.stop('lost');
      }
    }
    this.pull?.fail(new Error('the connection to the cluster is closed'));
  }
}
