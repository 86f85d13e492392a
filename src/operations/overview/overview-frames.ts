import { setTimeout as sleep } from 'node:timers/promises';
import type { Overview, StoreOverview } from './overview.js';

/** The pause between two messages, in ms. */
const EVERY_MS = 2_000;

/** The first message has all samples, later ones have those that are new. */
export async function* framesOfOverview(overview: Overview): AsyncGenerator<Buffer> {
  for (let known = ''; ; await sleep(EVERY_MS, undefined, { ref: false })) {
    const current = await overview.current();
    yield frameOf({ ...current, samples: current.samples.filter(({ at }) => at > known) });
    known = current.samples.at(-1)?.at ?? known;
  }
}

/** Without an `id`: a client that connects again begins anew. */
const frameOf = (overview: StoreOverview): Buffer =>
  Buffer.from(`event: overview\ndata: ${JSON.stringify(overview)}\n\n`);
