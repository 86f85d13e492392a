import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { backOffDelay } from '../../background/retry.js';
import { WakeUp } from '../../background/wake-up.js';
import { SecondAppendError } from '../../event/second-append.error.js';
import { storableText } from '../../event/storable-value.js';
import { LogSignal } from '../../log/arrival/log-signal.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { reasonOf } from '../../projection/turn/fold-failure.js';
import type { ProcessDefinition } from '../declare/process-definition.js';
import {
  type CommandRoom,
  extendLeases,
  leaseCommands,
  type LeasedCommand,
  updateToFailure,
} from './commands.sql.js';
import { CommandWork } from './command-work.js';
import { refusalOf } from './refusal.js';

/** Most commands of one process manager that a process carries out at once: one that hangs holds up no other one. */
const AT_ONCE = 16;
/**
 * How long a command is kept from other processes, in ms. When a process dies, the next one takes its commands after
 * that time. A process that stands still for longer may carry a command out beside another one: its idempotency key
 * makes its events be appended once all the same.
 */
const LEASE_MS = 5_000;
const EXTEND_MS = 1_500;
/** How long the end of a process waits for its commands, in ms. */
const STOP_MS = 5_000;
/** Shortest pause between two looks, in ms: a busy log wakes the dispatcher with each append. */
const PAUSE_MS = 10;
/** Longest pause between two tries of a command, in ms. */
const MAX_RETRY_MS = 60_000;
/** How many characters of an error are kept. */
const ERROR = 2_000;

/**
 * Carries out the commands of processes, in any process that runs projections. Commands of one process go one after the
 * other, those of different processes side by side. While a command runs, no transaction and no connection is held for
 * it: a lease in the database keeps it from others, and is extended.
 *
 * A failed command is tried again with growing pauses, and only its process waits. After `retry.for` of `@Process`, or
 * when a refusal is not handled, it waits for an operator, and its process is stuck.
 */
@Injectable()
export class CommandDispatcher {
  private readonly logger = new Logger('Processes');
  private readonly id = randomUUID();
  private readonly wakeUp = new WakeUp();
  private readonly running = new Map<string, { of: string; done: Promise<void> }>();
  private definitions: ReadonlyMap<string, ProcessDefinition> = new Map();
  private stopping = false;
  private looping: Promise<void> | undefined;
  private unsubscribe: (() => void) | undefined;
  private extension: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly work: CommandWork,
    private readonly signal: LogSignal,
    private readonly options: ResolvedOptions,
  ) {}

  /** Does nothing without a process manager that has commands. Can be called again. */
  start(definitions: readonly ProcessDefinition[]): void {
    const sending = definitions.filter(({ sendsCommands }) => sendsCommands);
    if (sending.length === 0 || this.looping !== undefined) return;
    this.definitions = new Map(sending.map((each) => [each.name, each]));
    this.unsubscribe = this.signal.subscribe(() => this.wakeUp.ring());
    this.extension = setInterval(() => void this.extend(), EXTEND_MS);
    this.extension.unref();
    this.looping = this.loop();
  }

  /**
   * Takes no further command, and waits for those that run, at most `STOP_MS`: another process takes a command that is
   * not done by then. Can be called again.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    this.unsubscribe?.();
    this.wakeUp.ring();
    await this.looping;
    await Promise.race([
      Promise.all([...this.running.values()].map(({ done }) => done)),
      sleep(STOP_MS, undefined, { ref: false }),
    ]);
    clearInterval(this.extension);
  }

  private async loop(): Promise<void> {
    for (let failures = 0; !this.stopping;) {
      try {
        const isMore = await this.takeSome();
        failures = 0;
        if (isMore) continue;
        await this.wakeUp.wait(this.options.turns.pollIntervalMs);
        await this.wakeUp.pause(PAUSE_MS, () => this.stopping);
      } catch {
        // The database is away, which its pool and the projections report.
        await this.wakeUp.pause(
          backOffDelay(++failures, this.options.turns.retryDelayMs),
          () => this.stopping,
        );
      }
    }
  }

  /** @returns whether there may be more that could run now */
  private async takeSome(): Promise<boolean> {
    const rooms = this.rooms();
    if (rooms.length === 0) return false;
    const { statements } = this.database;
    const taken = await leaseCommands(statements, this.options, rooms, { by: this.id, ms: LEASE_MS });
    for (const command of taken) this.run(command);
    return rooms.some(({ process, most }) => taken.filter((each) => each.process === process).length >= most);
  }

  /** None of a process manager that has as many as it may. */
  private rooms(): CommandRoom[] {
    const running = [...this.running.values()];
    return [...this.definitions.values()]
      .map(({ name: process, commandNames: names }) => {
        const most = AT_ONCE - running.filter(({ of }) => of === process).length;
        return { process, names, most };
      })
      .filter(({ most }) => most > 0);
  }

  private run(sent: LeasedCommand): void {
    const done = this.attempt(sent)
      .catch((error: Error) =>
        this.logger.warn(`${inWords(sent)} is tried again when its lease is over: ${error.message}`),
      )
      .finally(() => {
        this.running.delete(sent.id);
        this.wakeUp.ring();
      });
    this.running.set(sent.id, { of: sent.process, done });
  }

  private async attempt(sent: LeasedCommand): Promise<void> {
    const definition = this.definitions.get(sent.process)!;
    try {
      await this.work.carryOut(sent, definition.revive(sent.command, sent.data), definition);
    } catch (error) {
      await this.failed(sent, definition, error);
    }
  }

  private async failed(sent: LeasedCommand, { retryMs }: ProcessDefinition, error: unknown): Promise<void> {
    // A second append would not be refused again: the next try finds the key taken, as after a crash.
    const isFinal = refusalOf(error) !== undefined || error instanceof SecondAppendError;
    const reason = storableText(reasonOf(error), ERROR);
    const state = await updateToFailure(this.database.statements, this.options, sent.id, {
      by: this.id,
      error: reason,
      delayMs: backOffDelay(sent.attempts, this.options.turns.retryDelayMs, MAX_RETRY_MS),
      retryMs: isFinal ? -1 : retryMs,
    });
    if (state === 'failed') this.logger.error(`${inWords(sent)} has failed: its process is stuck. ${reason}`);
    else if (state === 'waiting') this.logger.warn(`${inWords(sent)} failed, trying again: ${reason}`);
  }

  private async extend(): Promise<void> {
    if (this.running.size === 0) return;
    const lease = { by: this.id, ms: LEASE_MS };
    const { statements } = this.database;
    await extendLeases(statements, this.options, [...this.running.keys()], lease).catch(() => undefined);
  }
}

const inWords = ({ command, process, key }: LeasedCommand) => `The command "${command}" of ${process} ${key}`;
