import type { Message } from '../event/message-context.js';
import type { EventToAppend } from '../log/append/append.js';
import { toRows } from '../log/append/append-rows.js';
import type { Due, NewTimer } from './timer.js';

/**
 * A timer for an event, whose id is that of the timer. The event is checked now as an append would check it.
 *
 * @param when.message what the event will have as its cause
 * @throws InvalidAppendError when PostgreSQL cannot store the event
 */
export function newTimer(
  event: EventToAppend,
  streamId: string,
  { due, message }: { due: Due; message: Message },
): NewTimer {
  const [row] = toRows({ streamId, expectedVersion: 'any', events: [event] }, 0, message);
  const { event_id: id, event_type: type, event_data: data, metadata } = row!;
  return { id, due, streamId, type, data, metadata };
}
