import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { StoredEvent } from '../../api/types.js';
import { useLiveStream } from '../../live/use-live-stream.js';
import type { LogConditions } from './log-filter.js';

/** Events in the page at most: older ones are in the search below. */
export const KEPT_EVENTS = 500;
/** How often arrived events are drawn, in ms: the log may be faster than a page. */
const DRAW_EVERY_MS = 250;

export interface LiveTail {
  /** The newest first. */
  events: Signal<readonly StoredEvent[]>;
  /** Events that have arrived since the pause. */
  waiting: Signal<number>;
  isPaused: Signal<boolean>;
  status: ReturnType<typeof useLiveStream>;
}

/**
 * The events that come after `head`, as they come. The feed has no filter by actor, so that one is here.
 *
 * @param head undefined while it is not known: nothing is followed then
 */
export function useLiveTail(head: number | undefined, conditions: LogConditions): LiveTail {
  const events = useSignal<readonly StoredEvent[]>([]);
  const waiting = useSignal(0);
  const isPaused = useSignal(false);
  const arrived = useRef<StoredEvent[]>([]);
  /** Of these, `arrived` has the newest. */
  const count = useRef(0);
  const draw = () => {
    if (isPaused.peek()) {
      waiting.value = count.current;
      return;
    }
    if (arrived.current.length === 0) return;
    events.value = [...arrived.current.splice(0).toReversed(), ...events.peek()].slice(0, KEPT_EVENTS);
    waiting.value = count.current = 0;
  };
  const { type, stream, correlationId, actor } = conditions;
  const status = useLiveStream(
    head === undefined ? undefined : 'events/feed',
    { after: head, type, stream, correlationId },
    ({ data }) => {
      const event = JSON.parse(data) as StoredEvent;
      if (actor !== undefined && event.metadata['userId'] !== actor) return;
      arrived.current.push(event);
      count.current += 1;
      if (arrived.current.length > KEPT_EVENTS * 2) arrived.current.splice(0, KEPT_EVENTS);
    },
  );
  useEffect(() => {
    [arrived.current, count.current, events.value, waiting.value] = [[], 0, [], 0];
    const timer = setInterval(draw, DRAW_EVERY_MS);
    return () => clearInterval(timer);
  }, [head, JSON.stringify(conditions)]);
  return { events, waiting, isPaused, status };
}
