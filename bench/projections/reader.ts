import { type Folder, timed } from './folder.js';
import { pagesOf } from './read-log.js';

/** Pages through the same events, 1,000 at a time, and folds nothing: what nobody who reads them so can beat. */
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
