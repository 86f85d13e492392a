import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { EventSourceMessage } from 'eventsource-parser';
import type { Query } from '../api/client.js';
import { token } from '../api/token.js';
import type { LiveState } from './live-state.js';
import { LiveStream } from './live-stream.js';

/**
 * A stream for as long as the view is shown. Another route, query or token makes a new one; `route` undefined, none.
 */
export function useLiveStream(
  route: string | undefined,
  query: Query,
  onMessage: (message: EventSourceMessage) => void,
): ReadonlySignal<LiveState> {
  const status = useSignal<LiveState>({ state: 'connecting' });
  const latest = useRef(onMessage);
  latest.current = onMessage;
  useEffect(() => {
    if (route === undefined) return undefined;
    const stream = new LiveStream(route, { query, onMessage: (message) => latest.current(message) });
    const stop = stream.status.subscribe((value) => (status.value = value));
    return () => {
      stop();
      stream.close();
    };
  }, [route, JSON.stringify(query), token.value]);
  return status;
}
