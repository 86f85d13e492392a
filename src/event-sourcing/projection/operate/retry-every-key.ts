import type { ActRecord } from '../../operations/act-record.js';
import type { Statements } from '../../postgres/database.js';
import type { Folding } from '../declare/folding.js';
import type { ParkedKeys } from '../parking/parked-keys.js';
import type { RetryOutcome } from '../parking/retry-outcome.js';
import { FoldFailure } from '../turn/fold-failure.js';

/** Retries the parked keys of a projection, one after the other, and the others also when one fails again. */
export async function* retryEveryKey(
  parkedKeys: ParkedKeys,
  folding: Folding,
  record: ActRecord,
  statements: Statements,
): AsyncGenerator<RetryOutcome> {
  const counts = { tried: 0, parked: 0 };
  for (let page = await parkedKeys.list(folding.name); page.length > 0;) {
    for (const { key } of page) {
      const outcome = await parkedKeys
        .retry(folding, key, (manager) => record.done(manager))
        .catch((error: unknown) => stillParked(key, error));
      if (outcome === undefined) continue;
      counts.tried += 1;
      if (outcome.parked !== undefined) counts.parked += 1;
      yield outcome;
    }
    page = await parkedKeys.list(folding.name, { after: page.at(-1)!.key });
  }
  await recordCounts(record, counts, statements);
}

/** The record of an act on many keys tells how many are still parked. Its first transaction could not know. */
async function recordCounts(
  record: ActRecord,
  { tried, parked }: { tried: number; parked: number },
  statements: Statements,
): Promise<void> {
  if (tried === 0) await record.done(statements, 'No key is parked');
  if (parked > 0) await record.failed(statements, `Still parked: ${parked} of ${tried} keys`);
}

/** The outcome for a key whose handler failed at an event. @throws any other error */
function stillParked(key: string, error: unknown): RetryOutcome {
  if (!(error instanceof FoldFailure)) throw error;
  return { key, folded: 0, parked: { position: error.event.position, error: error.message } };
}
