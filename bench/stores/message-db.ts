import { readFile } from 'node:fs/promises';
import { Pool, type PoolClient } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { peerFile } from '../peers.js';
import { type Contender, EVENT_TYPE, newMetadata, POOL_SIZE, type Watched } from './contender.js';

/** The files that `install.sh` of the package gives to psql, in its order, without views and privileges. */
const SCRIPTS = [
  'schema/message-store.sql',
  'extensions/pgcrypto.sql',
  'tables/messages.sql',
  'types/message.sql',
  ...[
    'message-store-version',
    'hash-64',
    'acquire-lock',
    'category',
    'is-category',
    'id',
    'cardinal-id',
    'stream-version',
    'write-message',
    'get-stream-messages',
    'get-category-messages',
    'get-last-stream-message',
  ].map((name) => `functions/${name}.sql`),
  ...['messages-id', 'messages-stream', 'messages-category'].map((name) => `indexes/${name}.sql`),
];

interface Message {
  data: string;
  metadata: string;
}

/**
 * The SQL functions of `@eventide/message-db`, called like its clients: one call a message, several in a transaction.
 * Every write locks its category, which is the name of the stream before its first hyphen.
 */
export async function openMessageDb(url: string): Promise<Contender> {
  const pool = new Pool({
    connectionString: url,
    max: POOL_SIZE,
    options: '-c search_path=message_store,public -c client_min_messages=warning',
  });
  for (const script of SCRIPTS) {
    await pool.query(await readFile(peerFile('@eventide/message-db', `database/${script}`), 'utf8'));
  }
  return {
    name: 'message-db',
    append: (streamName, version, events) =>
      events.length === 1
        ? write(pool, streamName, version, events[0]!)
        : writeTogether(pool, streamName, version, events),
    read: async (streamName) => {
      const { rows } = await pool.query<Message>({
        name: 'read',
        text: `select * from get_stream_messages($1)`,
        values: [streamName],
      });
      return rows.map((row) => ({ ...row, data: JSON.parse(row.data), metadata: JSON.parse(row.metadata) }));
    },
    close: () => pool.end(),
  };
}

/** Its versions count from 0: a stream of 3 messages is at 2, and a stream that does not exist at -1. */
function write(on: Pool | PoolClient, streamName: string, version: number, event: Watched): Promise<unknown> {
  return on.query({
    name: 'write',
    text: `select write_message($1, $2, $3, $4, $5, $6)`,
    values: [uuidv7(), streamName, EVENT_TYPE, event, newMetadata(), version - 1],
  });
}

async function writeTogether(
  pool: Pool,
  streamName: string,
  version: number,
  events: readonly Watched[],
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    for (const [index, event] of events.entries()) await write(client, streamName, version + index, event);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
