/**
 * What an operator does with a projection. A new act is a method of `ProjectionOperations`, an entry here, a route
 * in `projections.controller.ts`, and an entry in `cli/projections/act.command.ts`.
 *
 * The help of the command line is made from this list and must not wait for Nest: this module imports types alone.
 */
import type { ProjectionOperations, ProjectionStatus } from '../event-sourcing/index.js';
import type { RoutedAct } from './act.js';

export interface OnProjection {
  name: string;
}

/** What is asked for is under way with the answer, not done: it answers how the projection is then. */
export type ProjectionAct<Parameters extends OnProjection = OnProjection> = RoutedAct<
  Parameters,
  ProjectionStatus
>;

export const PAUSE: ProjectionAct = {
  name: 'pause',
  operationId: 'pauseProjection',
  summary: 'Stop folding, on every instance, after the turns under way',
  effect:
    'Queries go on to answer, with rows that get old, and ready checks stay green. The log goes on as well.',
  refusals: [
    'no-projection',
    {
      code: 'projection.already-paused',
      example: 'user-profile is paused already, or has not been started yet.',
    },
  ],
  perform: statusAfter((operations, { name }) => operations.pause(name)),
};

export const RESUME: ProjectionAct = {
  name: 'resume',
  operationId: 'resumeProjection',
  summary: 'Go on after a pause',
  effect: 'It folds what came meanwhile, from where it stood.',
  refusals: [
    'no-projection',
    { code: 'projection.not-paused', example: 'user-profile is not paused, or has not been started yet.' },
  ],
  perform: statusAfter((operations, { name }) => operations.resume(name)),
};

export const REBUILD: ProjectionAct<OnProjection & { hold?: boolean | undefined }> = {
  name: 'rebuild',
  operationId: 'rebuildProjection',
  summary: 'Fold the rows again from the first event on, beside the living ones',
  effect:
    'A process that runs the projection begins. The living rows serve meanwhile; then both are ' +
    'compared by primary key, and what differs is written, in one transaction. It is held by itself where rows or ' +
    'keys would be lost, and it waits while the projection is paused.',
  refusals: [
    'no-projection',
    { code: 'projection.rebuilding', example: 'user-profile is being rebuilt already.' },
    {
      code: 'projection.is-reaction',
      example: 'mail is a reaction: its effects cannot be repeated.',
    },
  ],
  perform: statusAfter((operations, { name, hold }) => operations.rebuild(name, { hold })),
};

export const RELEASE: ProjectionAct = {
  name: 'release',
  operationId: 'releaseRebuild',
  summary: 'Let a rebuild that is, or is to be, held go on to the exchange',
  effect: 'There must be one: begun with `hold`, and not cancelled since.',
  ofRoute: 'Otherwise it is 409.',
  refusals: [
    'no-projection',
    'busy',
    { code: 'projection.not-held', example: 'user-profile has no rebuild that is or will be held.' },
  ],
  perform: statusAfter((operations, { name }) => operations.release(name)),
};

export const CANCEL: ProjectionAct = {
  name: 'cancel',
  operationId: 'cancelRebuild',
  summary: 'End a rebuild and drop its rows',
  effect: 'The living rows stay as they are.',
  ofRoute: 'Without a rebuild under way it is 409.',
  refusals: [
    'no-projection',
    'busy',
    { code: 'projection.not-rebuilding', example: 'user-profile is not being rebuilt.' },
  ],
  perform: statusAfter((operations, { name }) => operations.cancelRebuild(name)),
};

export const DROP: ProjectionAct = {
  name: 'drop',
  operationId: 'dropProjection',
  summary: 'Forget a projection that no code has any more',
  effect:
    'Deletes its checkpoints, parked keys and rebuild. Tables of its rows stay: only its code knew which they are. A ' +
    'projection that a process has is not dropped.',
  ofRoute: 'Answers how it was.',
  refusals: [
    'no-projection',
    {
      code: 'projection.in-use',
      example: 'user-profile is in the code of a process: drop it when no process has it any more.',
    },
  ],
  perform: async (operations, { name }) => {
    const last = await operations.get(name);
    await operations.drop(name);
    return last;
  },
};

function statusAfter<Parameters extends OnProjection>(
  act: (operations: ProjectionOperations, parameters: Parameters) => Promise<void>,
): ProjectionAct<Parameters>['perform'] {
  return async (operations, parameters) => {
    await act(operations, parameters);
    return operations.get(parameters.name);
  };
}

export const PROJECTION_ACTS = [PAUSE, RESUME, REBUILD, RELEASE, CANCEL, DROP] as const;
