import { AppendLockTimeoutError } from './append-errors.js';
import { PersonalKeyLostError } from '../../event/personal-key-lost.error.js';
import { type Retries, retrying } from '../../background/retry.js';
import { isTransient } from '../../postgres/transient-failure.js';
import type { AppendBatch } from './append-batch.js';
import { refuseWithoutBasis } from './queued-append.js';
import type { AppendStatements } from './append-statements.js';
import type { AppendVerdict } from './append-row.js';

/** Whether the database takes no batch now. The same batch may be stored later. */
const isOfDatabase = (error: unknown) => isTransient(error) && !(error instanceof PersonalKeyLostError);

/**
 * How often a batch is sent again after a lost connection. After `withinMs` the database is not just about to return,
 * and the callers have waited long enough. A batch that has waited for the lock of the log is not sent again.
 */
const UNTIL_THE_CONNECTION_HOLDS: Retries = {
  maxAttempts: 6,
  baseDelayMs: 50,
  withinMs: 4_000,
  retryOn: (error) => isOfDatabase(error) && !(error instanceof AppendLockTimeoutError),
};

/**
 * Sends a batch to the database, and gives the answers to its appends.
 *
 * A batch that the database refuses is sent again append by append, so that a bad one fails alone. A batch whose
 * connection was lost, perhaps after its commit, is sent again as it is: the log takes each event id once, and an event
 * that the first try stored comes back with its position.
 *
 * When something is in the way of a batch in which appends follow others, the appends that follow none are sent first.
 * Then the others are sent, without those whose basis was not stored. Of a batch in doubt those are looked for: an
 * earlier try may have stored them, and only the log knows.
 */
export class AppendFlight {
  /** @param lockTimeoutMs how long a batch may wait for the lock of the log, in ms */
  constructor(
    private readonly statements: Pick<AppendStatements, 'append'>,
    private readonly lockTimeoutMs: number,
  ) {}

  /**
   * Resolves when every append of the batch is answered.
   *
   * @returns the error of a batch that waited too long for the lock of the log
   */
  async send(batch: AppendBatch): Promise<AppendLockTimeoutError | undefined> {
    const obstacle = await this.deliver(batch);
    return obstacle instanceof AppendLockTimeoutError ? obstacle : undefined;
  }

  /** @returns the error for which the database took no answer to the batch, or to the last part of it */
  private async deliver(batch: AppendBatch): Promise<unknown> {
    try {
      const verdicts = await this.sendUntilAnswered(batch);
      if (verdicts === undefined) return await this.deliverInTurn(batch);
      batch.resolve(verdicts);
      return undefined;
    } catch (error) {
      if (batch.size > 1 && !isOfDatabase(error)) return this.deliverApart(batch);
      batch.reject(error);
      return isOfDatabase(error) ? error : undefined;
    }
  }

  private async deliverInTurn(batch: AppendBatch): Promise<unknown> {
    const { first, followers } = batch.divide();
    const obstacle = await this.deliver(first);
    const next = batch.batchOf(followers.filter((append) => batch.isInDoubt || !refuseWithoutBasis(append)));
    if (next.size === 0) return obstacle;
    if (!isInTheWayOf(batch, obstacle)) return batch.isInDoubt ? this.deliverApart(next) : this.deliver(next);
    next.reject(obstacle);
    return obstacle;
  }

  private async deliverApart(batch: AppendBatch): Promise<unknown> {
    let obstacle: unknown;
    for (const single of batch.split()) {
      const sent = batch.isInDoubt && single.lacksBasis ? single.lookedFor() : single;
      if (sent.refuseWithoutBasis()) continue;
      if (isInTheWayOf(batch, obstacle)) sent.reject(obstacle);
      else obstacle = await this.deliver(sent);
    }
    return obstacle;
  }

  /** Sends again while the connection is lost. The first outcome of an event id stands, so a repeat changes nothing. */
  private sendUntilAnswered(batch: AppendBatch): Promise<AppendVerdict[] | undefined> {
    return retrying(async () => {
      try {
        const verdicts = await this.statements.append(batch, this.lockTimeoutMs);
        return batch.isInDoubt ? verdicts && batch.creditOwn(verdicts) : verdicts;
      } catch (error) {
        if (UNTIL_THE_CONNECTION_HOLDS.retryOn(error)) batch.lostAnswer ??= error;
        throw error;
      }
    }, UNTIL_THE_CONNECTION_HOLDS);
  }
}

/**
 * Whether the rest of a batch is not sent after this: it has waited for the lock of the log as long as the part before,
 * or nobody knows whether it is stored and the database is away.
 */
const isInTheWayOf = ({ isInDoubt }: AppendBatch, obstacle: unknown): boolean =>
  obstacle instanceof AppendLockTimeoutError || (isInDoubt && obstacle !== undefined);
