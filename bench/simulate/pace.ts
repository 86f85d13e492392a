import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` on every item, `limit` at a time. The first failure ends the run: nothing new begins, and the caller's
 * signal ends what is under way.
 */
export async function forEachConcurrently<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const source = toAsync(items);
  const worker = async () => {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      await work(next.value).catch((error: unknown) => {
        void source.return(undefined);
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

async function* toAsync<Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item, undefined> {
  yield* items;
  return undefined;
}

export function* inBatches<Item>(items: Iterable<Item>, size: number): Generator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Holds each batch back until its first item is due, at `rate` items a second from the start. So a slow answer is made
 * up for, and does not lower the rate.
 */
export async function* paced<Item>(
  batches: Iterable<Item[]>,
  rate: number,
  stop: AbortSignal,
): AsyncGenerator<Item[]> {
  const start = performance.now();
  let released = 0;
  for (const batch of batches) {
    const early = start + (released / rate) * 1000 - performance.now();
    if (early > 0) await sleep(early, undefined, { signal: stop });
    yield batch;
    released += batch.length;
  }
}
