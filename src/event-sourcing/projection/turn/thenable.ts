/**
 * Whether a value must be awaited: a promise of any library or realm, or a query that is sent when `then` is called.
 * `instanceof Promise` recognizes only promises of this realm.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
