import { signal } from '@preact/signals';
import { get } from '../api/client.js';
import type { Page, StoredEvent } from '../api/types.js';
import { projections } from '../live/overview.js';

/** What stands before the id in the streams of the newest events: `user-`. The search puts it before an id. */
export const streamPrefixes = signal<readonly string[]>([]);

const EVENTS = 50;
const BEFORE_UUID = /^(.+?)[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Looks at the end of the log. The search works without the answer, so a failure is no news. */
export async function learnStreamPrefixes(): Promise<void> {
  const head = projections.peek()?.[0]?.logPosition;
  if (head === undefined) return;
  const query = { after: Math.max(head - EVENTS, 0), limit: EVENTS };
  const { items } = await get<Page<StoredEvent>>('events', { query }).catch(() => ({ items: [] }));
  streamPrefixes.value = prefixesOf(items.map(({ streamId }) => streamId));
}

/** The most frequent ones first. */
export function prefixesOf(streams: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const stream of streams) {
    const prefix = BEFORE_UUID.exec(stream)?.[1];
    if (prefix !== undefined) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([prefix]) => prefix);
}
