/** What an operator may do with a projection: the words of the dialog, and the request. */
import { path, post, remove } from '../../api/client.js';
import type { Projection } from '../../api/types.js';
import { grouped, plural } from '../../design/figures.js';

export interface ProjectionAct {
  verb: string;
  title: (of: Projection) => string;
  /** What will happen, a sentence each. */
  effects: (of: Projection, isHeld: boolean) => string[];
  isDangerous?: boolean;
  /** Whether the person chooses if the rebuild waits for a release. */
  canHold?: boolean;
  request: (of: Projection, isHeld: boolean) => Promise<Projection>;
}

export const PAUSE: ProjectionAct = {
  verb: 'Pause',
  title: ({ name }) => `Pause ${name}?`,
  effects: () => [
    'Every process stops folding it, after the turns under way.',
    'Queries still answer, from rows that get old.',
    'Commands still append events. None is lost: folding goes on from this position when you resume it.',
  ],
  request: ({ name }) => post(path`projections/${name}/pause`),
};

export const RESUME: ProjectionAct = {
  verb: 'Resume',
  title: ({ name }) => `Resume ${name}?`,
  effects: ({ position, lagEvents }) => [
    `Folding goes on from position ${grouped(position)}.`,
    `${plural(lagEvents, 'event')} of the log have come since.`,
  ],
  request: ({ name }) => post(path`projections/${name}/resume`),
};

export const REBUILD: ProjectionAct = {
  verb: 'Rebuild',
  title: ({ name }) => `Rebuild ${name}?`,
  effects: ({ logPosition }, isHeld) => [
    `Its rows are folded again from the first event on, beside the living ones: ${plural(logPosition, 'event')}.`,
    'Queries read the living rows meanwhile.',
    isHeld
      ? 'Then both are compared by key, and the rebuild waits for you: nothing changes before you release it.'
      : 'Then both are compared by key, and the differences are written in one transaction.',
    'It waits in any case when rows or keys would be lost.',
  ],
  canHold: true,
  request: ({ name }, hold) => post(path`projections/${name}/rebuild`, { hold }),
};

export const RELEASE: ProjectionAct = {
  verb: 'Release',
  title: ({ name }) => `Release the rebuild of ${name}?`,
  effects: ({ rebuild }) => [
    'The rebuilt rows take the place of the living ones, in one transaction.',
    ...(rebuild?.report?.tables ?? []).map(
      ({ table, differing, missing, extra }) =>
        `${table}: ${plural(differing, 'row')} changed, ${grouped(missing)} removed, ${grouped(extra)} added.`,
    ),
    ...(rebuild !== null && rebuild.parkedKeys > 0
      ? [`${plural(rebuild.parkedKeys, 'key')} could not be folded, and will be parked.`]
      : []),
  ],
  isDangerous: true,
  request: ({ name }) => post(path`projections/${name}/rebuild/release`),
};

export const CANCEL: ProjectionAct = {
  verb: 'Cancel the rebuild',
  title: ({ name }) => `Cancel the rebuild of ${name}?`,
  effects: () => ['The rebuild ends, and its rows are dropped.', 'The living rows stay as they are.'],
  isDangerous: true,
  request: ({ name }) => remove(path`projections/${name}/rebuild`),
};

/** The acts that a projection is open to now. */
export function actsOn({ status, rebuild }: Projection): ProjectionAct[] {
  const ofPause = status === 'paused' ? RESUME : PAUSE;
  if (rebuild === null) return [ofPause, REBUILD];
  return [ofPause, ...actsOnRebuild(rebuild.state)];
}

/** A rebuild that is held, or will be, can be released. One that has been released changes the rows at any moment. */
export const actsOnRebuild = (state: string): ProjectionAct[] =>
  state === 'held' ? [RELEASE, CANCEL] : [CANCEL];
