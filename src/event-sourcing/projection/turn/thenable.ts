/**
 * Whether there is something to wait for: a promise of whatever library or realm, or a query that is sent when `then`
 * is called. `instanceof Promise` knows those of this realm alone.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
