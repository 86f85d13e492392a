import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  backOffDelay,
  type MonitoredRelay,
  RelayMonitor,
  type RelayReport,
  WakeUp,
} from '../../event-sourcing/for-service.js';
import { Broker, BROKER } from '../broker/broker.js';
import type { BrokerOptions } from '../broker/broker-options.js';
import type { BackgroundPart } from '../part.js';
import { requireBegun } from './comparison.js';
import { examineStream } from './examination.js';
import { LogArrival } from './log-arrival.js';
import { RelayCondition } from './relay-condition.js';
import { RelayLog } from './relay-log.js';
import { RELAY_OPTIONS, type ResolvedRelayOptions } from './relay-options.js';
import { RelaySession } from './relay-session.js';
import { RelayStream } from './relay-stream.js';

/** The name of its connection in the lists of the broker. */
const NAME = 'eventfold relay';
/** The pause after the first failure in a row, and the longest, in ms. */
const RETRY_MS = 250;
const MAX_RETRY_MS = 5_000;

/**
 * Publishes the log to a JetStream stream, in which sequence = position - offset. Any number of processes may do so at
 * once: an event is published with the expectation that the stream ends right before it, so the broker takes it once.
 *
 * A broker or a database that is away, and a stream that is not as it must be, are waited for. After each failure the
 * relay connects anew, and compares the stream with the log.
 */
@Injectable()
export class Relay implements BackgroundPart, MonitoredRelay {
  readonly title: string;

  private readonly condition: RelayCondition;
  private readonly logger = new Logger('Relay');
  private readonly wakeUp = new WakeUp();
  private stopping = false;
  /** Ends what waits for the broker. */
  private interrupt: () => void = () => undefined;
  private session: RelaySession | undefined;
  private failures = 0;
  private running: Promise<void> | undefined;

  constructor(
    @Inject(BROKER) private readonly cluster: BrokerOptions,
    @Inject(RELAY_OPTIONS) private readonly options: ResolvedRelayOptions,
    private readonly log: RelayLog,
    private readonly arrival: LogArrival,
    monitor: RelayMonitor,
  ) {
    this.title = `the relay to ${options.stream}`;
    this.condition = new RelayCondition(options.stream, (report) => this.tell(report));
    monitor.watch(this);
  }

  get report(): RelayReport {
    return this.condition.report;
  }

  /** Starts in a process that folds. */
  start(): void {
    if (this.arrival.isFolding) this.running ??= this.loop();
  }

  /** Gives up what is not acknowledged: the stream knows its place. Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    this.interrupt();
    await this.running;
  }

  examine(): Promise<RelayReport> {
    return examineStream(this.cluster, this.options, this.log);
  }

  private async loop(): Promise<void> {
    this.condition.started();
    const unsubscribe = this.arrival.subscribe(() => this.session?.wake());
    while (!this.stopping) {
      try {
        await this.connectAndRelay();
      } catch (error) {
        if (!this.stopping) await this.failed(error as Error);
      }
    }
    unsubscribe();
    this.condition.stopped();
  }

  private async connectAndRelay(): Promise<void> {
    const broker = await this.connect();
    try {
      if (broker !== undefined) await this.relay(broker);
    } finally {
      await broker?.close();
    }
  }

  /** Undefined when it is stopped meanwhile: a node that does not answer is waited for much longer than a stop. */
  private connect(): Promise<Broker | undefined> {
    const connecting = Broker.connect(this.cluster, NAME);
    return new Promise((resolve, reject) => {
      this.interrupt = () => resolve(undefined);
      connecting.then((broker) => (this.stopping ? broker.close() : resolve(broker)), reject);
    });
  }

  private async relay(broker: Broker): Promise<void> {
    if (this.stopping) return;
    this.interrupt = () => void broker.close();
    const stream = new RelayStream(broker, this.options);
    const warning = await stream.open(() => requireBegun(this.log, stream.offset));
    if (warning !== undefined) this.logger.warn(warning);
    const session = new RelaySession(stream, this.log, this.options, {
      compared: (found) => {
        this.failures = 0;
        this.condition.compared(found);
      },
      reached: (position) => this.condition.reached(position),
      idleMs: () => this.arrival.idleMs,
    });
    this.session = session;
    // Closing the connection also ends all that waits for an answer on it.
    void broker.lost().then(() => {
      session.finish(new Error('The connection to the broker was lost.'));
      return broker.close();
    });
    await session.run();
  }

  private async failed(error: Error): Promise<void> {
    this.condition.failed(error);
    const pause = backOffDelay(++this.failures, RETRY_MS, MAX_RETRY_MS);
    await this.wakeUp.pause(pause, () => this.stopping);
  }

  private tell({ state, position, reason }: RelayReport): void {
    const { stream } = this.options;
    if (state === 'running') this.logger.log(`Relaying to ${stream} from position ${position! + 1} on`);
    else if (state === 'waiting') this.logger.warn(`Waiting: ${reason}`);
    else if (state === 'diverged')
      this.logger.error(`Diverged: ${reason}. Nothing is published: docs/relay.md.`);
  }
}
