import { importPeer } from '../peers.js';
import { withClient } from '../server.js';
import { PROFILE_EVENTS, type ProfileEvent } from './profile-fold.js';
import { pagesOf } from './read-log.js';

/** The part of `@event-driven-io/emmett-postgresql` that folding uses. */
export interface Emmett {
  getPostgreSQLEventStore(url: string, options: { schema: { autoMigration: 'None' } }): EmmettStore;
  postgreSQLRawSQLProjection(options: {
    name: string;
    canHandle: readonly string[];
    evolve: (event: ProfileMessage) => string;
  }): Projection;
  pongoMultiStreamProjection<Document>(options: {
    collectionName: string;
    canHandle: readonly string[];
    getDocumentId: (event: ProfileMessage) => string;
    evolve: (document: Document | null, event: ProfileMessage) => Document | null;
  }): Projection;
}

interface EmmettStore {
  appendToStream(streamName: string, events: readonly Message[]): Promise<unknown>;
  schema: { migrate(): Promise<unknown> };
  consumer(options: { pulling: { batchSize: number; pullingFrequencyInMs: number } }): {
    projector(options: {
      processorId: string;
      projection: Projection;
      stopAfter: (message: ProfileMessage) => boolean;
    }): unknown;
    start(): Promise<void>;
  };
  close(): Promise<void>;
}

type Message = Pick<ProfileEvent, 'type' | 'data'> & {
  metadata: Pick<ProfileEvent, 'position' | 'recordedAt' | 'at'>;
};
/** A read message, with more metadata than an appended one. */
export type ProfileMessage = Message;
/** A position of emmett, which only emmett reads. */
export type Projection = object;

/** A stream for a thousand events: a fold by user does not depend on the streams, and appends take time. */
const STREAM = 1_000;

export const importEmmett = () => importPeer('@event-driven-io/emmett-postgresql') as Emmett;

export const openEmmett = (url: string) =>
  importEmmett().getPostgreSQLEventStore(url, { schema: { autoMigration: 'None' } });

/** Appends the events of a profile to emmett's own store, in the same order. */
export async function fillEmmett(url: string, head: number): Promise<void> {
  const store = openEmmett(url);
  try {
    await store.schema.migrate();
    await withClient(url, async (client) => {
      const range = { after: 0, upTo: head, types: PROFILE_EVENTS, limit: STREAM };
      for await (const page of pagesOf(client, range)) {
        await store.appendToStream(`from-${page[0]!.position}`, (page as ProfileEvent[]).map(toMessage));
      }
    });
  } finally {
    await store.close();
  }
}

/** Emmett's messages lack the time of the append, so it goes into the metadata. */
const toMessage = ({ type, data, position, recordedAt, at }: ProfileEvent): Message => ({
  type,
  data,
  metadata: { position, recordedAt, at },
});

export const toEvent = ({ type, data, metadata: { position, recordedAt, at } }: ProfileMessage) =>
  ({ type, data, position, recordedAt, at }) as ProfileEvent;
