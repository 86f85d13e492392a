import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { importPeer } from '../peers.js';
import { timed } from './folding-program.js';
import type { FoldingProgram } from './folding-program.js';
import { copyShape } from './read-model-rows.js';

export const COPY_LIMIT = 'the limit: COPY of the folded rows';

interface CopyStreams {
  from: (statement: string) => CopyStream;
  to: (statement: string) => CopyStream;
}
/** What `Client.query` takes for it; its types are not installed with the project. */
type CopyStream = NodeJS.ReadWriteStream & { submit(connection: unknown): void };

/**
 * The physical limit: the rows as Eventfold has folded them go into tables like its own by COPY, as text that is ready.
 * No event is read, and nothing is folded or looked up.
 */
export async function copiedRows(url: string, tables: readonly string[]): Promise<FoldingProgram> {
  const { from, to } = importPeer('pg-copy-streams') as CopyStreams;
  for (const table of tables) await copyShape(url, 'copied', table);
  const texts = new Map<string, Buffer>();
  const unload = async (client: Client, table: string) => {
    const chunks: Buffer[] = [];
    for await (const chunk of client.query(to(`copy expected.${table} to stdout`)))
      chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  return {
    name: COPY_LIMIT,
    rows: Object.fromEntries(tables.map((table) => [table, `table copied.${table}`])),
    fold: async () => {
      const truncate = `truncate ${tables.map((table) => `copied.${table}`).join(', ')}`;
      if (texts.size === 0)
        await timed(url, truncate, async (client) => {
          for (const table of tables) texts.set(table, await unload(client, table));
        });
      return timed(url, `${truncate}; set synchronous_commit = off`, async (client) => {
        for (const [table, text] of texts) {
          const stream = client.query(from(`copy copied.${table} from stdin`));
          stream.end(text);
          await finished(stream);
        }
      });
    },
  };
}
