import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { backOffDelay } from '../../background/retry.js';
import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import { isOfNewerBuild } from '../../event/event-errors.js';
import { CallerTransaction } from '../../log/append/caller-transaction.js';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { isToBeWaitedFor, isTransient } from '../../postgres/transient-failure.js';
import { CurrentTurn, type Turn } from '../turn/current-turn.js';
import { FoldFailure } from '../turn/fold-failure.js';
import { TurnConnections } from '../turn/turn-connections.js';
import { NO_TRANSACTION, TurnError } from '../turn/turn.error.js';
import { extendLease, type LeasedPlace, lockLease } from './lease.sql.js';
import { type LeaseEvent, type LeaseState, nextLeaseState } from './lease-life.js';
import { LeaseOvertaken } from './lease-overtaken.js';

/** A lease is extended so often within its length. */
const EXTENSIONS = 3;

/** The parts of a store that work under a lease needs. */
@Injectable()
export class LeaseParts {
  constructor(
    readonly database: Database,
    readonly connections: TurnConnections,
    readonly currentTurn: CurrentTurn,
    readonly options: ResolvedOptions,
  ) {}
}

/** One event that a handler works on under a lease. */
export interface LeasedEvent {
  place: LeasedPlace;
  token: string;
  event: Recorded<DomainEvent>;
  /** Records that the event is handled, and frees the lease, in the transaction that ends the work. */
  settle: (manager: EntityManager) => Promise<void>;
  /** Whether the event is recorded as handled. Asked when the outcome of a commit was lost with its connection. */
  isSettled: (manager: EntityManager) => Promise<boolean>;
}

/** The transaction that ends the work. */
interface Closing {
  opened: Promise<EntityManager>;
  ended: Promise<void>;
  /** Commits it. */
  handled: () => void;
  /** Rolls it back. */
  failed: (error: unknown) => void;
}

/**
 * The work of a handler on one event under a lease, without a connection. The transaction that moves the checkpoint
 * begins when the handler asks for it, to append or to write, or else after the handler. It begins only when the token
 * in the row is still ours, and keeps the row locked, so a process that was overtaken commits nothing.
 */
export class LeasedWork {
  private state: LeaseState = 'held';
  private closing: Closing | undefined;
  private extending: Promise<void> = Promise.resolve();
  private hasEnded = false;
  private open: EntityManager | undefined;

  constructor(
    private readonly work: LeasedEvent,
    private readonly parts: LeaseParts,
  ) {}

  /**
   * Handles the event, and settles it.
   *
   * @throws FoldFailure when the handler throws, or what it appends or writes is refused
   * @throws LeaseOvertaken when another process has the event; then nothing was settled
   */
  async run(): Promise<void> {
    const timer = setInterval(() => this.extend(), this.folding.leaseMs! / EXTENSIONS);
    try {
      await this.handle();
      await this.close();
    } catch (error) {
      await this.undo(error);
      throw error;
    } finally {
      clearInterval(timer);
      await this.extending;
    }
  }

  private get folding() {
    return this.work.place.share.folding;
  }

  private async handle(): Promise<void> {
    const { event } = this.work;
    const { folding } = this;
    const managerOf = () => this.openManager;
    const turn: Turn = {
      event,
      rows: new Map(),
      tableOf: () => undefined,
      appends: true,
      transaction: () => this.begin(),
      get manager() {
        return managerOf();
      },
    };
    const handled = this.parts.currentTurn.run(turn, async () => folding.handler.handle(event));
    await handled.catch((error: unknown) => this.fail(error));
  }

  private get openManager(): EntityManager {
    if (this.open === undefined) throw new TurnError(NO_TRANSACTION);
    return this.open;
  }

  /** Begins the transaction that ends the work. Can be called again. */
  private begin(): Promise<EntityManager> {
    if (this.hasEnded) throw new TurnError('The handler has ended: code that was not awaited in it ran on.');
    this.closing ??= this.newClosing();
    return this.closing.opened;
  }

  /** Ends the work. A transaction without writes of the handler is tried again after a lost connection. */
  private async close(): Promise<void> {
    this.hasEnded = true;
    const isOfHandler = this.closing !== undefined;
    const until = performance.now() + this.folding.leaseMs!;
    for (let failures = 0; ;) {
      this.closing ??= this.newClosing(failures > 0);
      const { opened, handled, ended } = this.closing;
      try {
        await opened;
        handled();
        await ended;
        return this.come('committed');
      } catch (error) {
        if (this.state === 'closing') this.come('undone');
        this.closing = undefined;
        const isOver = isOfHandler || performance.now() > until || !isTransient(error);
        if (isOver)
          throw isToBeWaitedFor(error) || error instanceof LeaseOvertaken ? error : this.failure(error);
        await sleep(backOffDelay(++failures, 100, 1_000));
      }
    }
  }

  private newClosing(mayBeSettled = false): Closing {
    let handled!: () => void;
    let failed!: (error: unknown) => void;
    const handling = new Promise<void>((resolve, reject) => ([handled, failed] = [resolve, reject]));
    handling.catch(() => undefined);
    const { place, token } = this.work;
    let ended!: Promise<void>;
    const opened = new Promise<EntityManager>((resolve, reject) => {
      ended = this.transaction(async (manager) => {
        const isOurs = await lockLease(manager, this.parts.options, place, token);
        if (!isOurs && !(mayBeSettled && (await this.work.isSettled(manager)))) throw this.overtaken();
        if (isOurs) this.come('begun');
        this.open = manager;
        resolve(manager);
        await handling;
        await CallerTransaction.known(manager)?.appendAllWaiting();
        if (isOurs) await this.work.settle(manager);
      });
      ended.catch(reject);
    });
    opened.catch(() => undefined);
    return { opened, ended, handled, failed };
  }

  private async transaction(work: (manager: EntityManager) => Promise<void>): Promise<void> {
    await this.extending;
    const { connections, database } = this.parts;
    return connections
      .ofTurn('live', () => database.transaction(work))
      .finally(() => (this.open = undefined));
  }

  /** A failed extension is tried again by the next one. */
  private extend(): void {
    if (this.state !== 'held' || this.closing !== undefined) return;
    const { place, token } = this.work;
    const { database, options } = this.parts;
    this.extending = extendLease(database.statements, options, place, token).then(
      (isOurs) => {
        if (!isOurs && this.state === 'held') this.come('overtaken');
      },
      () => undefined,
    );
  }

  private async undo(error: unknown): Promise<void> {
    this.hasEnded = true;
    const { closing } = this;
    if (closing === undefined) return;
    closing.failed(error);
    await closing.ended.catch(() => undefined);
    if (this.state === 'closing') this.come('undone');
  }

  private overtaken(): LeaseOvertaken {
    if (this.state === 'held') this.come('overtaken');
    return new LeaseOvertaken(this.work.event.position);
  }

  private fail(error: unknown): never {
    throw isOfNewerBuild(error) || error instanceof LeaseOvertaken ? error : this.failure(error);
  }

  private failure(cause: unknown): FoldFailure {
    const { event } = this.work;
    return new FoldFailure(event, this.folding.keyOf(event), cause);
  }

  private come(event: LeaseEvent): void {
    this.state = nextLeaseState(this.state, event);
  }
}
