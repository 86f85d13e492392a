import type { AppendRow } from '../log/append/append-row.js';
import type { Message } from '../event/message-context.js';
import type { EventToAppend } from '../log/append/append.js';
import { toRows } from '../log/append/append-rows.js';
import type { Due, NewTimer } from './timer.js';

/**
 * The row of a timer's event, whose id is that of the timer. The event is checked now as an append would check it.
 *
 * @param message what the event will have as its cause
 * @throws InvalidAppendError when PostgreSQL cannot store the event
 */
export function rowOfTimer(event: EventToAppend, streamId: string, message: Message): AppendRow {
  const [row] = toRows({ streamId, expectedVersion: 'any', events: [event] }, 0, message);
  return row!;
}

/** The timer of a row, with personal fields as they are stored. */
export const newTimer = (row: AppendRow, due: Due): NewTimer => ({
  id: row.event_id,
  due,
  streamId: row.stream_id,
  type: row.event_type,
  data: row.stored_data ?? row.event_data,
  metadata: row.metadata,
  subjects: row.subjects,
  keyIds: row.key_ids,
});
