/**
 * The state of a rebuild. `requested`: it was asked for, and no process has begun. `folding`: its rows are folded
 * beside the living ones. `held`: its rows are folded and compared, and an operator must decide. `released`: an
 * operator has allowed the exchange.
 */
export type RebuildState = 'requested' | 'folding' | 'held' | 'released';

/**
 * An event in the life of a rebuild. `claimed`: a process that runs the projection begins it. `compared`: an operator
 * wants to look at the comparison, or should. `released`: an operator allows the exchange. `exchanged`: the living rows
 * are now those of the rebuild. `cancelled`: by an operator, or by a build that needs another rebuild. `outdated`: the
 * living table has other columns than when the rebuild began, or an event was skipped that the rebuild had folded.
 */
export type RebuildEvent = 'claimed' | 'compared' | 'released' | 'exchanged' | 'cancelled' | 'outdated';

/** The life of a rebuild: the events of each state, and the next state. `null`: the rebuild is over. */
export const REBUILD_LIFE: Readonly<
  Record<RebuildState, Readonly<Partial<Record<RebuildEvent, RebuildState | null>>>>
> = {
  requested: { claimed: 'folding', cancelled: null },
  folding: {
    compared: 'held',
    released: 'released',
    exchanged: null,
    cancelled: null,
    outdated: 'requested',
  },
  held: { released: 'released', cancelled: null, outdated: 'requested' },
  released: { exchanged: null, cancelled: null, outdated: 'requested' },
};

/** The states in which an event may happen. */
export function statesBefore(event: RebuildEvent): RebuildState[] {
  const all = Object.keys(REBUILD_LIFE) as RebuildState[];
  return all.filter((state) => event in REBUILD_LIFE[state]);
}

/** @throws Error when the event cannot happen in this state, which is a defect */
export function stateAfter(state: RebuildState, event: RebuildEvent): RebuildState | null {
  const next = REBUILD_LIFE[state][event];
  if (next === undefined) throw new Error(`A rebuild that is ${state} cannot be ${event}.`);
  return next;
}
