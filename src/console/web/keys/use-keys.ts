import { useEffect, useRef } from 'preact/hooks';
import { areKeysAtRest } from './at-rest.js';

/** The keys of a view by their name in `KeyboardEvent.key`. They rest while the person types, or a dialog is open. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (areKeysAtRest(event)) return;
      const act = latest.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
