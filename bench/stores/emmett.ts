import { importPeer } from '../peers.js';
import { type Contender, EVENT_TYPE, newMetadata, POOL_SIZE } from './contender.js';

/** The part of `@event-driven-io/emmett-postgresql` that is used here. */
interface Emmett {
  getPostgreSQLEventStore(
    url: string,
    options: { connectionOptions: { pool: PgPool }; schema: { autoMigration: 'None' } },
  ): {
    appendToStream(
      streamName: string,
      events: readonly object[],
      options: { expectedStreamVersion: bigint | string },
    ): Promise<unknown>;
    readStream(streamName: string): Promise<{ events: readonly unknown[] }>;
    schema: { migrate(): Promise<unknown> };
    close(): Promise<void>;
  };
}

/** From the `pg` that emmett brings; the types are those of our `pg`. */
interface PgPool {
  end(): Promise<void>;
}

/** With emmett's own pool option. By default it opens 10 connections, as `pg` does. */
export async function openEmmett(url: string): Promise<Contender> {
  const { Pool } = importPeer('pg') as { Pool: new (options: object) => PgPool };
  const emmett = importPeer('@event-driven-io/emmett-postgresql') as Emmett;
  const pool = new Pool({ connectionString: url, max: POOL_SIZE });
  const store = emmett.getPostgreSQLEventStore(url, {
    connectionOptions: { pool },
    schema: { autoMigration: 'None' },
  });
  await store.schema.migrate();
  return {
    name: 'emmett',
    append: (streamId, version, events) =>
      store.appendToStream(
        streamId,
        events.map((data) => ({ type: EVENT_TYPE, data, metadata: newMetadata() })),
        { expectedStreamVersion: version === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(version) },
      ),
    read: async (streamId) => (await store.readStream(streamId)).events,
    close: async () => {
      await store.close();
      await pool.end();
    },
  };
}
