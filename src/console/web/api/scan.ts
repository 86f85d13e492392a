import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { asProblem, isAbort } from './client.js';
import type { Problem } from './problem.js';
import { token } from './token.js';
import type { Page, Scanned } from './types.js';

/**
 * What a search has found so far. `resting`: it has enough, or the person has stopped it, and it goes on when asked.
 * `ended`: there is no more.
 */
export interface Scan<Item, Answer extends Page<Item>> {
  state: 'searching' | 'resting' | 'ended' | 'failed';
  items: readonly Item[];
  scanned: Scanned | undefined;
  /** The latest page, for what it has beside its items. */
  last: Answer | undefined;
  problem?: Problem;
}

export interface ScanOptions<Item, Answer extends Page<Item>> {
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<Answer & { scanned: Scanned }>;
  /** The search rests when it has found so many more. */
  enough: number;
}

export interface Scanning<Item, Answer extends Page<Item>> {
  readonly found: ReadonlySignal<Scan<Item, Answer>>;
  goOn: () => void;
  stop: () => void;
  restart: () => void;
}

/**
 * Follows a bounded search of the service, whose pages may be empty, from cursor to cursor. It begins when the view
 * appears, and anew when one of `inputs` or the token changes.
 */
export function useScan<Item, Answer extends Page<Item>>(
  options: ScanOptions<Item, Answer>,
  inputs: readonly unknown[],
): Scanning<Item, Answer> {
  const found = useSignal<Scan<Item, Answer>>(begun());
  const latest = useRef(options);
  latest.current = options;
  const searching = useRef<AbortController>(undefined);
  const goOn = useCallback(async () => {
    searching.current?.abort();
    const { signal } = (searching.current = new AbortController());
    const { problem: _, ...before } = found.peek();
    found.value = { ...before, state: 'searching' };
    try {
      const target = before.items.length + latest.current.enough;
      while (found.peek().state === 'searching' && !signal.aborted) {
        const answer = await latest.current.ask(found.peek().last?.nextCursor ?? undefined, signal);
        if (!signal.aborted) found.value = joined(found.peek(), answer, target);
      }
    } catch (error) {
      if (!signal.aborted && !isAbort(error))
        found.value = { ...found.peek(), state: 'failed', problem: asProblem(error) };
    }
  }, []);
  const stop = useCallback(() => {
    searching.current?.abort();
    if (found.peek().state === 'searching') found.value = { ...found.peek(), state: 'resting' };
  }, []);
  const restart = useCallback(() => {
    found.value = begun();
    void goOn();
  }, []);
  useEffect(() => {
    restart();
    return () => searching.current?.abort();
  }, [...inputs, token.value]);
  return { found, goOn: () => void goOn(), stop, restart };
}

const begun = () => ({ state: 'searching', items: [], scanned: undefined, last: undefined }) as const;

function joined<Item, Answer extends Page<Item>>(
  before: Scan<Item, Answer>,
  last: Answer & { scanned: Scanned },
  target: number,
): Scan<Item, Answer> {
  const items = [...before.items, ...last.items];
  const state = last.nextCursor === null ? 'ended' : items.length >= target ? 'resting' : 'searching';
  return { state, items, scanned: last.scanned, last };
}
