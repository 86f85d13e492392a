import { setTimeout as sleep } from 'node:timers/promises';
import { ConcurrencyError } from '../../../src/event-sourcing/index.js';

const ATTEMPTS = 5;

/** Runs a transaction again when another one was faster. Call it outside of a transaction. */
export async function retryConflicts<Result>(transaction: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction();
    } catch (error) {
      if (!(error instanceof ConcurrencyError) || attempt === ATTEMPTS) throw error;
      await sleep(Math.random() * 20 * 2 ** attempt);
    }
  }
}
