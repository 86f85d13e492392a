import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type Contender, EVENT_TYPE, newMetadata, type Watched } from './contender.js';

export const SET_LIMIT = 'the limit: sets by one connection, no checks';

/** An append that waits for the next set. */
interface Waiting {
  rows: Row[];
  stored: () => void;
  failed: (error: unknown) => void;
}

type Row = [streamId: string, version: number, eventId: string, data: string, metadata: string];

/**
 * The physical limit: one connection inserts all appends that have come meanwhile as one set, into a table like
 * Eventfold's. Eventfold's batches have the same size. Nothing is checked but by the indexes, no lock orders the sets,
 * and the clients are told nothing but that their events are stored. A violated index fails the whole set.
 */
export async function openSetInsert(url: string): Promise<Contender> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`create schema sets`);
  await client.query(`create table sets.events (like eventfold.events including all)`);
  await client.query(`create sequence sets.positions`);
  const sets = new Sets(client);
  return {
    name: SET_LIMIT,
    append: (streamId, version, events) =>
      sets.add(events.map((event, index) => rowOf(streamId, version + index + 1, event))),
    read: async (streamId) => {
      const text = 'select * from sets.events where stream_id = $1 order by stream_version';
      return (await client.query(text, [streamId])).rows;
    },
    close: () => client.end(),
  };
}

class Sets {
  private waiting: Waiting[] = [];
  private isSending = false;

  constructor(private readonly client: Client) {}

  add(rows: Row[]): Promise<void> {
    return new Promise((stored, failed) => {
      this.waiting.push({ rows, stored, failed });
      if (!this.isSending) void this.sendAll();
    });
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    while (this.waiting.length > 0) {
      const set = this.waiting.splice(0);
      try {
        await this.insert(set.flatMap(({ rows }) => rows));
        for (const { stored } of set) stored();
      } catch (error) {
        for (const { failed } of set) failed(error);
      }
    }
    this.isSending = false;
  }

  private insert(rows: readonly Row[]): Promise<unknown> {
    const columns = COLUMNS.map((_, column) => rows.map((row) => row[column]));
    return this.client.query({ name: 'insert-set', text: INSERT, values: [EVENT_TYPE, ...columns] });
  }
}

const rowOf = (streamId: string, version: number, event: Watched): Row => [
  streamId,
  version,
  uuidv7(),
  JSON.stringify(event),
  JSON.stringify(newMetadata()),
];

/** The types of the arrays, in the order of `Row`. */
const COLUMNS = ['text', 'integer', 'uuid', 'jsonb', 'jsonb'];

const INSERT = `
  insert into sets.events
         (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
  select nextval('sets.positions'), stream_id, stream_version, event_id, $1, event_data, metadata, clock_timestamp()
    from unnest(${COLUMNS.map((type, index) => `$${index + 2}::${type}[]`).join(', ')})
         as given (stream_id, stream_version, event_id, event_data, metadata)`;
