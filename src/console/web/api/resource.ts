import { useSignal, type ReadonlySignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { asProblem, isAbort } from './client.js';
import type { Problem } from './problem.js';
import { token } from './token.js';

/** What a view knows of something that it has asked for. A `value` beside a problem is the last one that arrived. */
export type Loaded<Value> =
  | { state: 'loading'; value?: undefined }
  | { state: 'ready'; value: Value }
  | { state: 'failed'; problem: Problem; value?: Value };

export interface Resource<Value> {
  readonly loaded: ReadonlySignal<Loaded<Value>>;
  /** Asks again; the last value is shown until the answer arrives. */
  reload: () => void;
  /** Shows a value that an act has answered. */
  replace: (value: Value) => void;
}

/**
 * Asks when the view appears, when one of `inputs` changes, and when the token does. The answer to an earlier question
 * is dropped.
 */
export function useResource<Value>(
  ask: (signal: AbortSignal) => Promise<Value>,
  inputs: readonly unknown[],
): Resource<Value> {
  const loaded = useSignal<Loaded<Value>>({ state: 'loading' });
  const latest = useRef(ask);
  latest.current = ask;
  const asking = useRef<AbortController>(undefined);
  const load = useCallback(async () => {
    asking.current?.abort();
    const { signal } = (asking.current = new AbortController());
    try {
      const value = await latest.current(signal);
      if (!signal.aborted) loaded.value = { state: 'ready', value };
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      const { value } = loaded.peek();
      loaded.value = { state: 'failed', problem: asProblem(error), ...(value !== undefined && { value }) };
    }
  }, []);
  useEffect(() => {
    loaded.value = { state: 'loading' };
    void load();
    return () => asking.current?.abort();
  }, [...inputs, token.value]);
  return { loaded, reload: () => void load(), replace: (value) => (loaded.value = { state: 'ready', value }) };
}
