import { randomUUID } from 'node:crypto';
import type { TestDatabase } from '../test-database.js';

export interface WrittenEvent {
  stream: string;
  type?: string;
  data?: object;
}

/** Appends through the function that the service uses. */
export async function write(database: TestDatabase, ...events: WrittenEvent[]): Promise<void> {
  const batch = events.map(({ stream, type = 'content.rated', data = { rating: 5 } }, append) => ({
    append,
    stream_id: stream,
    expected: -2,
    event_id: randomUUID(),
    event_type: type,
    event_data: data,
    metadata: { correlationId: 'c', causationId: 'c', schemaVersion: 1 },
  }));
  await database.query('select from eventfold.append_events($1)', [JSON.stringify(batch)]);
}
