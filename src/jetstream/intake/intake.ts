import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  backOffDelay,
  type IntakeCounts,
  IntakeMonitor,
  type IntakeReport,
  ResolvedOptions,
  WakeUp,
} from '../../event-sourcing/for-service.js';
import { EventStore } from '../../event-sourcing/index.js';
import { BROKER, Broker } from '../broker/broker.js';
import type { BrokerOptions } from '../broker/broker-options.js';
import type { BackgroundPart } from '../part.js';
import { INTAKE_OPTIONS, type ResolvedIntakeOptions } from './intake-options.js';
import { IntakeSession } from './intake-session.js';
import { IntakeLife } from './intake-life.js';

const BASE_DELAY_MS = 100;

/** Takes the events of other services from a stream into the log, each once. */
@Injectable()
export class Intake implements BackgroundPart {
  readonly title: string;

  private readonly logger = new Logger('Intake');
  private readonly life = new IntakeLife();
  private readonly bell = new WakeUp();
  private readonly counts: IntakeCounts = { appended: 0, duplicate: 0, rejected: 0, failed: 0 };
  private session: IntakeSession | undefined;
  private living: Promise<void> | undefined;

  constructor(
    @Inject(BROKER) private readonly brokerOptions: BrokerOptions,
    @Inject(INTAKE_OPTIONS) private readonly options: ResolvedIntakeOptions,
    private readonly store: EventStore,
    private readonly storeOptions: ResolvedOptions,
    monitor: IntakeMonitor,
  ) {
    this.title = `the intake of ${options.stream}`;
    monitor.watch(this);
  }

  get report(): IntakeReport {
    const { state, waitingFor } = this.life;
    const { pending = null, held } = this.session ?? {};
    return { state, waitingFor, pending, held: held?.size ?? 0, messages: { ...this.counts } };
  }

  /** In a process without projections nothing runs: the command line opens applications that way. */
  start(): void {
    if (this.life.state !== 'off' || !this.storeOptions.projections) return;
    this.life.become('connecting');
    this.living = this.live();
  }

  /** Waits for the append under way. The broker delivers all other messages to other processes. */
  async stop(): Promise<void> {
    if (this.living === undefined) return;
    if (!this.life.isEnding) this.life.become('stopping');
    this.bell.ring();
    this.session?.end();
    await this.living;
  }

  private async live(): Promise<void> {
    for (let attempt = 1; !this.life.isEnding; attempt++) {
      try {
        await this.takeIn(() => (attempt = 0));
      } catch (error) {
        await this.wait(error, backOffDelay(attempt, BASE_DELAY_MS));
        this.life.goOn('connecting');
      }
    }
    this.life.become('stopped');
  }

  /** Takes messages until it is stopped. @throws when the cluster, the stream or the consumer is away */
  private async takeIn(connected: () => void): Promise<void> {
    const broker = await Broker.connect(this.brokerOptions, `eventfold intake ${this.options.durable}`);
    try {
      if (this.life.isEnding) return;
      this.session = new IntakeSession({
        broker,
        store: this.store,
        options: this.options,
        counts: this.counts,
        connected: () => {
          connected();
          this.life.goOn('running');
        },
        cutOff: () => this.life.waitFor('the connection to the cluster was lost'),
        goesOn: () => this.life.goOn('running'),
        waits: (error, delayMs) => this.wait(error, delayMs),
      });
      await this.session.run();
    } finally {
      await broker.close();
    }
  }

  /** @returns whether to try again: not when it is ending */
  private async wait(error: unknown, delayMs: number): Promise<boolean> {
    const { message } = error as Error;
    if (this.life.waitFor(message)) this.logger.warn(`Waits, and tries again: ${message}`);
    await this.bell.pause(delayMs, () => this.life.isEnding);
    return !this.life.isEnding;
  }
}
