import { importPeer } from '../peers.js';
import { type Contender, EVENT_TYPE, newMetadata, type Watched } from './contender.js';

/** The part of `@castore/event-storage-adapter-postgres` that is used here. */
interface Castore {
  PostgresEventStorageAdapter: {
    createEventTable(options: { connectionString: string; tableName: string }): Promise<unknown>;
    new (options: { connectionString: string; tableName: string }): Adapter;
  };
}

interface Adapter {
  pushEvent(event: EventDetail, context: { eventStoreId: string }): Promise<unknown>;
  groupEvent(event: EventDetail): { context?: { eventStoreId: string } };
  pushEventGroup(options: object, ...events: object[]): Promise<unknown>;
  getEvents(aggregateId: string, context: { eventStoreId: string }): Promise<{ events: readonly unknown[] }>;
  /** Private: the adapter has no way to close its connections. */
  _sql: { end(): Promise<void> };
}

interface EventDetail {
  aggregateId: string;
  version: number;
  type: string;
  payload: Watched;
  metadata: object;
}

const CONTEXT = { eventStoreId: 'user' };

/**
 * The adapter has no option for the size of its pool. It opens 10 connections, the default of postgres.js, and sends
 * several statements down each without waiting for answers. It orders events only within their stream.
 */
export async function openCastore(url: string): Promise<Contender> {
  const { PostgresEventStorageAdapter } = importPeer('@castore/event-storage-adapter-postgres') as Castore;
  const options = { connectionString: url, tableName: 'castore_events' };
  await PostgresEventStorageAdapter.createEventTable(options);
  const adapter = new PostgresEventStorageAdapter(options);
  return {
    name: 'castore',
    append: (streamId, version, events) => {
      const aggregateId = idIn(streamId);
      const details = events.map((payload, index): EventDetail => ({
        aggregateId,
        version: version + index + 1,
        type: EVENT_TYPE,
        payload,
        metadata: newMetadata(),
      }));
      return details.length === 1 ? adapter.pushEvent(details[0]!, CONTEXT) : pushGroup(adapter, details);
    },
    read: async (streamId) => (await adapter.getEvents(idIn(streamId), CONTEXT)).events,
    close: () => adapter['_sql'].end(),
  };
}

/** The adapter keeps the name of the aggregate, and its UUID, in columns of their own. */
const idIn = (streamId: string) => streamId.slice('user-'.length);

function pushGroup(adapter: Adapter, details: readonly EventDetail[]): Promise<unknown> {
  return adapter.pushEventGroup(
    {},
    ...details.map((detail) => Object.assign(adapter.groupEvent(detail), { context: CONTEXT })),
  );
}
