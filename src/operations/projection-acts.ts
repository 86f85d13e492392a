/**
 * The acts on a projection. A new act needs a method of `ProjectionOperations`, an entry here, a route in
 * `projections.controller.ts`, and an entry in `cli/projections/act.command.ts`.
 *
 * The help of the command line is made from this list and must not wait for Nest, so this module imports types alone.
 */
import type { ProjectionOperations, ProjectionStatus } from '../event-sourcing/index.js';
import type { RoutedAct } from './act.js';

export interface OnProjection {
  name: string;
}

/** It returns the status of the projection. The act may still be under way then. */
export type ProjectionAct<Parameters extends OnProjection = OnProjection> = RoutedAct<
  Parameters,
  ProjectionStatus
>;

export const PAUSE: ProjectionAct = {
  name: 'pause',
  operationId: 'pauseProjection',
  summary: 'Stop folding on every instance, after the turns under way',
  effect:
    'Queries still answer, from rows that get old. Readiness checks stay green. Commands still append events.',
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
  summary: 'Resume folding after a pause',
  effect: 'The projection goes on from the position at which it was paused.',
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
    'A process that runs the projection begins the rebuild. Queries read the living rows meanwhile. Then both are ' +
    'compared by primary key, and the differences are written in one transaction. A rebuild is held in any case ' +
    'when rows or keys would be lost. It waits while the projection is paused.',
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
  summary: 'Let a rebuild that is held, or will be held, exchange the rows',
  effect: 'Such a rebuild must be under way: begun with `hold`, and not cancelled since.',
  ofRoute: 'Otherwise the answer is 409.',
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
  ofRoute: 'The answer is 409 when no rebuild is under way.',
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
    'Deletes its checkpoints, parked keys and rebuild. The tables of its rows stay, because only its code knew them. ' +
    'A projection is not dropped while a process has it.',
  ofRoute: 'The answer is its last status.',
  refusals: [
    'no-projection',
    {
      code: 'projection.in-use',
      example: 'user-profile is in the code of a process: drop it when no process has it any more.',
    },
  ],
  perform: (operations, { name }) => operations.drop(name),
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
