import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { LiveState } from './live-state.js';

/** The open streams of the page. */
const streams = signal<readonly ReadonlySignal<LiveState>[]>([]);

/** The stream that is without a connection and will try again; undefined while all is well. */
export const lostConnection = computed(() =>
  streams.value.map(({ value }) => value).find((status) => status.state === 'waiting'),
);

/** @returns a function that takes the stream out of the list */
export function watchConnection(status: ReadonlySignal<LiveState>): () => void {
  streams.value = [...streams.peek(), status];
  return () => (streams.value = streams.peek().filter((each) => each !== status));
}

const impatience = new EventTarget();

/** Streams that wait for their next attempt begin it now. */
export const retryNow = (): void => void impatience.dispatchEvent(new Event('retry'));

window.addEventListener('online', retryNow);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') retryNow();
});

/** Resolves after the delay, on `retryNow`, or when the stream is closed. */
export function pause(delayMs: number, end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      impatience.removeEventListener('retry', done);
      end.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    impatience.addEventListener('retry', done);
    end.addEventListener('abort', done);
  });
}
