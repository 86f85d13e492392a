import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { WakeUp } from '../background/wake-up.js';
import { ResolvedOptions } from '../options.js';
import { Database, type Statements } from '../postgres/database.js';
import { hasReplicas, ReplicaPool } from '../postgres/replica-pools.js';
import { PrimaryMarks } from './primary-marks.js';
import { Replica, type ReplicaStatus } from './replica.js';
import { selectMark } from './replica-mark.sql.js';

/** The interval of the looks at all replicas, and the longest wait for the answer to a look, in ms. */
const LOOK_EVERY_MS = 1_000;
const PATIENCE_MS = 1_000;

/**
 * The replicas of the data source, which answer queries of read models in turn. Each second one statement to each
 * server, the primary included, measures how far each replica is behind. A data source without replicas is not asked.
 */
@Injectable()
export class Replicas {
  private readonly known = new WeakMap<ReplicaPool, Replica>();
  /** Statements that have not been answered: a server that hangs gets no second one. */
  private readonly asking = new WeakMap<object, Promise<number | undefined>>();
  private readonly marks = new PrimaryMarks();
  private readonly wakeUp = new WakeUp();
  private turn = 0;
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

  /** The replicas that a query may go to; each query begins with another one. */
  inTurn(): Replica[] {
    const usable = this.all.filter(({ state }) => state === 'in-use');
    const first = this.turn++ % Math.max(usable.length, 1);
    return [...usable.slice(first), ...usable.slice(0, first)];
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

  private async loop(): Promise<void> {
    while (!this.stopping) {
      await this.look();
      await this.wakeUp.wait(LOOK_EVERY_MS);
    }
  }

  /** The primary is asked last: what a replica has, the primary then has as well. */
  private async look(): Promise<void> {
    const select = (statements: Statements) => selectMark(statements, this.options);
    const found = await Promise.all(
      this.all.map(async (replica) => {
        const mark = await this.soon(replica, () => replica.ask(select));
        return { replica, mark };
      }),
    );
    const primary = await this.soon(this.database, () => select(this.database.statements));
    const now = performance.now();
    if (primary !== undefined) this.marks.add(primary, now);
    for (const { replica, mark } of found) {
      const lag = mark === undefined ? undefined : this.marks.lagOf(mark, now);
      replica.noted({ mark, primary, lag }, this.options.replicaMaxLagMs);
    }
  }

  /** The answer of a server; undefined when there is none in time. */
  private async soon(server: object, ask: () => Promise<number>): Promise<number | undefined> {
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
