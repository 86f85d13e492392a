import { timed } from './folding-program.js';
import type { FoldingProgram } from './folding-program.js';
import { pagesOf } from './read-log.js';

/**
 * Reads the same events in pages of 1,000 and folds nothing. This is the upper limit for a program that reads in this
 * way.
 */
export function mereReader(url: string, types: readonly string[]): FoldingProgram {
  return {
    name: 'reading alone',
    fold: (upTo) =>
      timed(url, 'set synchronous_commit = off', async (client) => {
        let events = 0;
        for await (const page of pagesOf(client, { after: 0, upTo, types, limit: 1_000 }))
          events += page.length;
        if (events === 0) throw new Error('There was nothing to read.');
      }),
  };
}
