import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type Contender, EVENT_TYPE, newMetadata, POOL_SIZE, type Watched } from './contender.js';

/**
 * The yardstick: a prepared INSERT into a table with the columns, constraints and indexes of Eventfold's, which must
 * exist. It orders nothing: positions come from a sequence. Several events are the rows of one statement.
 */
export async function openPlainInsert(url: string): Promise<Contender> {
  const pool = new Pool({ connectionString: url, max: POOL_SIZE });
  await pool.query(`create schema plain`);
  await pool.query(`create table plain.events (like eventfold.events including all)`);
  await pool.query(`create sequence plain.positions`);
  return {
    name: 'plain INSERT',
    append: (streamId, version, events) =>
      pool.query({
        name: `insert-${events.length}`,
        text: insertOf(events.length),
        values: events.flatMap((event, index) => valuesOf(streamId, version + index + 1, event)),
      }),
    // Not prepared: it stands for the usual code.
    read: async (streamId) =>
      (
        await pool.query(`select * from plain.events where stream_id = $1 order by stream_version`, [
          streamId,
        ])
      ).rows,
    close: () => pool.end(),
  };
}

const COLUMNS_GIVEN = 6;

function insertOf(count: number): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const given = Array.from(
      { length: COLUMNS_GIVEN },
      (__, column) => `$${row * COLUMNS_GIVEN + column + 1}`,
    );
    return `(nextval('plain.positions'), ${given.join(', ')}, clock_timestamp())`;
  });
  return `insert into plain.events
    (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
    values ${rows.join(', ')}`;
}

function valuesOf(streamId: string, version: number, event: Watched): unknown[] {
  return [streamId, version, uuidv7(), EVENT_TYPE, event, newMetadata()];
}
