/**
 * The state of a lease, as its holder knows it. `held`: the handler works, and the lease is extended. `closing`: the
 * transaction that moves the checkpoint has begun; it keeps the row locked, so that nothing is extended. `overtaken`:
 * another process has the event. `free`: the work is done.
 */
export type LeaseState = 'held' | 'closing' | 'overtaken' | 'free';

/**
 * `begun`: the transaction has locked the row. `committed`: it moved the checkpoint. `undone`: it was rolled back, and
 * the lease is as before. `overtaken`: the row has another token.
 */
export type LeaseEvent = 'begun' | 'committed' | 'undone' | 'overtaken';

export const LEASE_LIFE: Readonly<Record<LeaseState, Readonly<Partial<Record<LeaseEvent, LeaseState>>>>> = {
  held: { begun: 'closing', overtaken: 'overtaken' },
  closing: { committed: 'free', undone: 'held' },
  overtaken: {},
  free: {},
};

/** @throws Error when a lease cannot come from this state by that event */
export function nextLeaseState(state: LeaseState, event: LeaseEvent): LeaseState {
  const next = LEASE_LIFE[state][event];
  if (next === undefined) throw new Error(`A lease that is ${state} cannot be ${event}.`);
  return next;
}
