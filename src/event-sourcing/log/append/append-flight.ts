import { AppendLockTimeoutError } from '../../errors.js';
import { type Retries, retrying } from '../../background/retry.js';
import { isTransient } from '../../postgres/transient-failure.js';
import type { AppendBatch } from './append-batch.js';
import type { AppendStatements } from './append-statements.js';
import type { AppendVerdict } from './append.sql.js';

/**
 * Tries of a batch whose connection is lost. After `withinMs` the database is not just about to come back, and the
 * callers have waited enough. A batch that has waited for the lock of the log has waited enough at once.
 */
const UNTIL_THE_CONNECTION_HOLDS: Retries = {
  maxAttempts: 6,
  baseDelayMs: 50,
  withinMs: 4_000,
  retryOn: (error) => isTransient(error) && !(error instanceof AppendLockTimeoutError),
};

/**
 * The way of a batch to the database and back to its appends.
 *
 * A batch that the database refuses is sent again append by append, so that a bad one fails alone. A batch whose
 * connection is lost, perhaps after its commit, is sent again as it is: event ids are taken once, and what the first
 * try brought in comes back with its place.
 */
export class AppendFlight {
  /** @param lockTimeoutMs how long a batch waits for the lock of the log at most */
  constructor(
    private readonly statements: Pick<AppendStatements, 'append'>,
    private readonly lockTimeoutMs: number,
  ) {}

  /**
   * Resolves when every append of the batch is answered.
   *
   * @returns the error of a batch that has waited for the lock of the log for too long
   */
  async send(batch: AppendBatch): Promise<AppendLockTimeoutError | undefined> {
    try {
      batch.resolve(await this.sendUntilAnswered(batch));
      return undefined;
    } catch (error) {
      if (batch.size > 1 && !isTransient(error)) return this.sendApart(batch);
      batch.reject(error);
      return error instanceof AppendLockTimeoutError ? error : undefined;
    }
  }

  private async sendApart(batch: AppendBatch): Promise<AppendLockTimeoutError | undefined> {
    let timeout: AppendLockTimeoutError | undefined;
    for (const single of batch.split()) {
      if (timeout === undefined) timeout = await this.send(single);
      else single.reject(timeout); // it has waited for the lock as long as the one before
    }
    return timeout;
  }

  /** Sends until the connection holds. The first outcome of an event id stands, so a repeat changes nothing. */
  private sendUntilAnswered(batch: AppendBatch): Promise<AppendVerdict[]> {
    return retrying(async (attempt) => {
      const verdicts = await this.statements.append(batch, this.lockTimeoutMs);
      return attempt === 1 ? verdicts : batch.creditOwn(verdicts);
    }, UNTIL_THE_CONNECTION_HOLDS);
  }
}
