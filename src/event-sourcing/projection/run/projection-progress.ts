import { Injectable } from '@nestjs/common';
import { CurrentTransaction } from '../../log/append/current-transaction.js';
import { NotCaughtUpError } from '../projection-errors.js';
import { POSITION, STORABLE_TEXT } from '../../log/argument-rules.js';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import { callOptions, functionThat, number, optional, type Rule, type Rules } from '../../options/rules.js';
import { Database, type Statements } from '../../postgres/database.js';
import { type Progress, selectProgress } from '../turn/checkpoint.sql.js';
import type { Share } from '../declare/share.js';
import {
  inSnapshot,
  onMaster,
  type OnConnection,
  sendsReadsToReplicas,
} from '../../postgres/replica-pools.js';
import { isOfServer, type Replica } from '../../replicas/replica.js';
import { Replicas } from '../../replicas/replicas.js';
import { AwaitedProgress } from './awaited-progress.js';
import type { TurnDone } from './projection-runner.js';

/** Options of a waiting query. */
export interface WaitOptions {
  /** How long the query may wait, in ms. Default: the option `readAfterTimeoutMs`. */
  withinMs?: number;
  /** The key that the query reads, as the projection's `key` names it. Waiting is useless when that key is parked. */
  key?: string;
}

/** Compared in memory, so no text is wrong. */
const KEY: Rule<string> = { says: 'a text', accepts: (value) => typeof value === 'string' };
const WAIT = callOptions({ withinMs: optional(number(0, Infinity)), key: optional(KEY) });
const WAIT_FOR: Rules = { name: STORABLE_TEXT, position: POSITION, options: WAIT };
const READ: Rules = {
  name: STORABLE_TEXT,
  position: optional(POSITION),
  query: { ...functionThat('queries on the given connection'), isOptional: false },
  wait: WAIT,
};

/** A position that a query waits for. */
interface Wanted extends WaitOptions {
  name: string;
  position: number;
  /** On the clock of `performance.now()`. */
  deadline: number;
}

/** Knows the position of each projection, and lets a query wait for one, so that clients read their own writes. */
@Injectable()
export class ProjectionProgress {
  private readonly registered = new Set<string>();
  /** A waiter in a transaction looks by its connection: it holds one, and might wait for a second one for ever. */
  private readonly onPrimary = new AwaitedProgress(
    (name) => this.select(name),
    () => this.current.manager !== undefined,
  );

  private readonly onReplicas = new WeakMap<Replica, AwaitedProgress>();

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly current: CurrentTransaction,
    private readonly replicas: Replicas,
  ) {}

  get names(): string[] {
    return [...this.registered];
  }

  register(names: readonly string[]): void {
    for (const name of names) this.registered.add(name);
  }

  /** Called when a turn in this process begins. The function that it returns is called after the turn's commit. */
  follow({ folding: { name }, partitions }: Share): TurnDone {
    const learn = this.onPrimary.learning(name);
    return (position, parked) => {
      if (partitions === 1) learn({ position, parked: new Set(parked) });
      else this.onPrimary.wake(name); // only the database knows the positions of the other partitions
    };
  }

  /** Drops the known positions: another server may be behind them. */
  forget(): void {
    this.onPrimary.forget();
  }

  /**
   * Resolves when the projection has folded `position`, on any instance; at once without a position.
   *
   * @throws NotCaughtUpError after that time, and when the key is parked
   */
  async waitFor(name: string, position = 0, options: WaitOptions = {}): Promise<void> {
    requireArguments('ProjectionProgress.waitFor', { name, position, options }, WAIT_FOR);
    const { withinMs, key } = options;
    await this.onPrimary.comesTo(name, position, withinMs ?? this.options.readAfterTimeoutMs);
    if (position === 0 || key === undefined || !this.onPrimary.of(name).parked.has(key)) return;
    // Another process may have retried the key since.
    const { parked } = await this.select(name);
    const from = parked.get(key);
    if (from !== undefined && from <= position) {
      throw new NotCaughtUpError(name, position, this.onPrimary.of(name).position, key);
    }
  }

  /** The position up to which the rows are folded now, on any instance; 0 when the projection never ran. */
  async positionOf(name: string): Promise<number> {
    requireArguments('ProjectionProgress.positionOf', { name }, { name: STORABLE_TEXT });
    return (await this.select(name)).position;
  }

  /**
   * Runs a query of a read model on the server that has folded `position`: on a replica of the data source when one is
   * near enough to the primary, else on the primary. The query is run again on another server when a replica fails.
   *
   * Replicas are used outside of transactions only. Without replicas it is the same as `waitFor` and the query.
   *
   * @param query reads by `on(repository)`, which works on the connection that was found in order
   * @throws NotCaughtUpError when neither the replica nor, at the end of the time, the primary has folded the position
   */
  async read<Result>(
    name: string,
    position: number | undefined,
    query: (on: OnConnection) => Promise<Result>,
    wait: WaitOptions = {},
  ): Promise<Result> {
    requireArguments('ProjectionProgress.read', { name, position, query, wait }, READ);
    const deadline = performance.now() + (wait.withinMs ?? this.options.readAfterTimeoutMs);
    const servers = this.current.manager === undefined ? this.replicas.inTurn(position ?? 0) : [];
    for (const replica of servers) {
      try {
        return await this.readOn(replica, { ...wait, name, position: position ?? 0, deadline }, query);
      } catch (error) {
        if (error instanceof NotCaughtUpError) break;
        if (!isOfServer(error)) throw error;
      }
    }
    await this.waitFor(name, position, { ...wait, withinMs: Math.max(deadline - performance.now(), 0) });
    return this.readOnPrimary(query);
  }

  private readOnPrimary<Result>(query: (on: OnConnection) => Promise<Result>): Promise<Result> {
    const { dataSource } = this.database;
    if (this.current.manager === undefined && sendsReadsToReplicas(dataSource))
      return onMaster(dataSource, query);
    return query((repository) => repository);
  }

  /**
   * Waits without a connection, then looks and reads in one snapshot. The address of a replica may lead to several
   * servers, and only the snapshot proves that the rows are those of the position.
   */
  private async readOn<Result>(
    replica: Replica,
    wanted: Wanted,
    query: (on: OnConnection) => Promise<Result>,
  ): Promise<Result> {
    const { name, position, deadline } = wanted;
    if (position === 0) return replica.use(({ on }) => query(on));
    const known = this.knownOf(replica);
    for (;;) {
      await known.comesTo(name, position, deadline - performance.now());
      const answer = await replica.use(({ statements, on }) =>
        inSnapshot(statements, async () => {
          known.know(name, await this.progressFor(wanted, statements));
          return known.of(name).position < position ? undefined : { rows: await query(on) };
        }),
      );
      if (answer !== undefined) return answer.rows;
    }
  }

  /** @throws NotCaughtUpError when the key is parked */
  private async progressFor({ name, position, key }: Wanted, statements: Statements): Promise<Progress> {
    const progress = await selectProgress(statements, this.options, name);
    const from = key === undefined ? undefined : progress.parked.get(key);
    if (from === undefined || from > position) return progress;
    throw new NotCaughtUpError(name, position, progress.position, key);
  }

  private knownOf(replica: Replica): AwaitedProgress {
    const select = (name: string) =>
      replica.ask((statements) => selectProgress(statements, this.options, name));
    const known = this.onReplicas.get(replica) ?? new AwaitedProgress(select);
    this.onReplicas.set(replica, known);
    return known;
  }

  private select(name: string) {
    return selectProgress(this.current.manager ?? this.database.statements, this.options, name);
  }
}
