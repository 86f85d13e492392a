import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { backOffDelay } from '../../background/retry.js';
import { WakeUp } from '../../background/wake-up.js';
import { storableText } from '../../event/storable-value.js';
import { LogSignal } from '../../log/arrival/log-signal.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { reasonOf } from '../../projection/turn/fold-failure.js';
import type { ProcessDefinition } from '../declare/process-definition.js';
import {
  extendLeases,
  giveBackCommand,
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
/** How long a command that only another build knows is left alone, in ms. */
const UNKNOWN_MS = 2_000;
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
    const limits = this.room();
    if (limits.size === 0) return false;
    const { statements } = this.database;
    const taken = await leaseCommands(statements, this.options, limits, { by: this.id, ms: LEASE_MS });
    for (const command of taken) this.run(command);
    const after = this.room();
    return [...limits.keys()].some((name) => !after.has(name));
  }

  /** How many more commands of each process manager may run; none of one that has as many as it may. */
  private room(): Map<string, number> {
    const room = new Map([...this.definitions.keys()].map((name) => [name, AT_ONCE]));
    for (const { of } of this.running.values()) room.set(of, room.get(of)! - 1);
    return new Map([...room].filter(([, most]) => most > 0));
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
    const command = definition.revive(sent.command, sent.data);
    if (command === undefined) return this.leave(sent);
    try {
      await this.work.carryOut(sent, command, definition);
    } catch (error) {
      await this.failed(sent, definition, error);
    }
  }

  /** A command that only another build knows is left to that build. */
  private async leave(sent: LeasedCommand): Promise<void> {
    this.logger.warn(`${inWords(sent)} is unknown to this build, which leaves it to another one.`);
    const { statements } = this.database;
    await giveBackCommand(statements, this.options, sent.id, { by: this.id, delayMs: UNKNOWN_MS });
  }

  private async failed(sent: LeasedCommand, { retryMs }: ProcessDefinition, error: unknown): Promise<void> {
    const isRefused = refusalOf(error) !== undefined;
    const reason = storableText(reasonOf(error), ERROR);
    const state = await updateToFailure(this.database.statements, this.options, sent.id, {
      by: this.id,
      error: reason,
      delayMs: backOffDelay(sent.attempts, this.options.turns.retryDelayMs, MAX_RETRY_MS),
      retryMs: isRefused ? -1 : retryMs,
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
