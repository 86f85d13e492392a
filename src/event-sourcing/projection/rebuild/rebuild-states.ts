/**
 * Where a rebuild is on its way. `requested`: somebody asked for it, and no process has begun. `folding`: its rows are
 * folded beside the living ones. `held`: they are folded and compared, and somebody has to say whether they are to be.
 * `released`: somebody said so.
 */
export type RebuildState = 'requested' | 'folding' | 'held' | 'released';

/**
 * What happens to a rebuild. `claimed`: a process that runs the projection begins it. `compared`: somebody wants to
 * look at the comparison, or should. `exchanged`: the living rows are those of the rebuild now. `cancelled`: by an
 * operator, or by a build that wants another. `outdated`: the living table has other columns than when it began, or an
 * event was skipped that it had folded.
 */
export type RebuildEvent = 'claimed' | 'compared' | 'released' | 'exchanged' | 'cancelled' | 'outdated';

/** The whole life of a rebuild: what may happen in each state, and where it leads. `null`: there is none any more. */
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

/** The states in which that may happen to a rebuild. */
export function statesBefore(event: RebuildEvent): RebuildState[] {
  const all = Object.keys(REBUILD_LIFE) as RebuildState[];
  return all.filter((state) => event in REBUILD_LIFE[state]);
}

/** @throws Error when that cannot happen to a rebuild in this state: a defect */
export function stateAfter(state: RebuildState, event: RebuildEvent): RebuildState | null {
  const next = REBUILD_LIFE[state][event];
  if (next === undefined) throw new Error(`A rebuild that is ${state} cannot be ${event}.`);
  return next;
}
