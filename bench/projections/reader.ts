import { type Folder, timed } from './folder.js';
import { pagesOf } from './read-log.js';

/**
 * Reads the same events in pages of 1,000 and folds nothing: the upper bound for a program that reads them in this way.
 */
export function mereReader(url: string, types: readonly string[]): Folder {
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
