import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { WakeUp } from '../background/wake-up.js';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import { hasReplicas, ReplicaPool } from '../postgres/replica-pools.js';
import { PrimaryMarks } from './primary-marks.js';
import { Replica, type ReplicaStatus } from './replica.js';
import { type Mark, selectMark } from './replica-mark.sql.js';
import { isPartOf } from './replica-state.js';

/** The interval of the looks at all replicas, and the longest wait for the answer to a look, in ms. */
const LOOK_EVERY_MS = 1_000;
const PATIENCE_MS = 1_000;

/**
 * The replicas of the data source, which answer queries of read models in turn. Each second one statement to each
 * server, the primary included, compares each replica with the primary, and measures how far it is behind. A data
 * source without replicas is not asked.
 */
@Injectable()
export class Replicas {
  private readonly known = new WeakMap<ReplicaPool, Replica>();
  /** Statements that have not been answered: a server that hangs gets no second one. */
  private readonly asking = new WeakMap<object, Promise<Mark | undefined>>();
  private readonly marks = new PrimaryMarks();
  private readonly wakeUp = new WakeUp();
  private turn = 0;
  /** How often a connection to the primary was lost, and that number when the last comparison began. */
  private losses = 0;
  private lossesCompared = -1;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly database: Database,
    private readonly options: ResolvedOptions,
  ) {}

  /** In the order of the data source's options. */
  get statuses(): ReplicaStatus[] {
    return this.all.map(({ status }) => status);
  }

  /**
   * The replicas that a query may go to; each query begins with another one. After a lost connection another primary
   * may answer, whose positions are of other events. So no replica shows that it has a position before it was compared
   * with the primary again. Other queries go on while the primary is away.
   *
   * @param position that the query waits for; 0 when it waits for none
   */
  inTurn(position: number): Replica[] {
    if (position > 0 && !this.isCompared) return [];
    const usable = this.all.filter(({ state }) => state === 'in-use');
    const first = this.turn++ % Math.max(usable.length, 1);
    return [...usable.slice(first), ...usable.slice(0, first)];
  }

  /** Called when a connection to the primary was lost. */
  primaryLost(): void {
    this.losses++;
  }

  start(): void {
    if (hasReplicas(this.dataSource)) this.running ??= this.loop();
  }

  /** Can be called again. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await this.running;
  }

  private get all(): Replica[] {
    return ReplicaPool.of(this.dataSource).map((pool) => {
      const replica = this.known.get(pool) ?? new Replica(pool);
      this.known.set(pool, replica);
      return replica;
    });
  }

  private get isCompared(): boolean {
    return this.losses === this.lossesCompared;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      await this.look();
      // A look that opens the first connection after a loss may have begun before the loss was noticed.
      if (!this.isCompared) await this.look();
      await this.wakeUp.wait(LOOK_EVERY_MS);
    }
  }

  /** The primary is asked last: what a replica has, the primary then has as well. */
  private async look(): Promise<void> {
    const { losses } = this;
    const found = await Promise.all(
      this.all.map(async (replica) => {
        const ask = () => replica.ask((statements) => selectMark(statements, this.options));
        return { replica, mark: await this.soon(replica, ask) };
      }),
    );
    const positions = found.map(({ mark }) => mark?.position ?? 0);
    const primary = await this.soon(this.database, () =>
      selectMark(this.database.statements, this.options, positions),
    );
    const now = performance.now();
    if (primary !== undefined) {
      this.marks.add(primary.size, now);
      this.lossesCompared = losses;
    }
    for (const [nth, { replica, mark }] of found.entries()) {
      const isPart = mark && primary && isPartOf(primary, mark, primary.events[nth] ?? null);
      const lag = mark && this.marks.lagOf(mark.size, now);
      replica.noted(mark !== undefined, isPart, lag, this.options.replicaMaxLagMs);
    }
  }

  /** The answer of a server; undefined when there is none in time. */
  private async soon(server: object, ask: () => Promise<Mark>): Promise<Mark | undefined> {
    if (this.asking.has(server)) return undefined;
    const answer = ask().catch(() => undefined);
    this.asking.set(server, answer);
    void answer.then(() => this.asking.delete(server));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }
}
