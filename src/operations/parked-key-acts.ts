/** The acts on a parked key. This module imports types alone, as `projection-acts.ts` does. */
import type { RetryOutcome } from '../event-sourcing/index.js';
import type { Act, RoutedAct } from './act.js';
import type { OnProjection } from './projection-acts.js';

export interface OnParkedKey extends OnProjection {
  key: string;
}

/** The most characters of a reason: the limit of the core, which the help of the command line must not load. */
export const MAX_REASON = 1_000;

/** It returns the outcome for the key. */
export type ParkedKeyAct<Parameters extends OnParkedKey = OnParkedKey> = RoutedAct<Parameters, RetryOutcome>;

const OF_ROUTE = 'The answer is 404 when the key is not in the list of parked keys.';

const REFUSALS: ParkedKeyAct['refusals'] = [
  'not-parked',
  {
    code: 'projection.paused',
    example: 'user-profile is paused, and its rows stay as they are: resume it first.',
  },
  'busy',
  'newer-build',
  'table-misfit',
];

export const RETRY: ParkedKeyAct = {
  name: 'retry',
  operationId: 'retryParkedKey',
  summary: 'Fold the waiting events of a parked key, in order',
  effect: 'The process that performs the retry folds the events by its own code. So mend the cause first.',
  ofRoute: OF_ROUTE,
  refusals: REFUSALS,
  perform: (operations, { name, key }) => operations.retry(name, key),
};

export const RETRY_ALL: Act<OnProjection, AsyncGenerator<RetryOutcome>> = {
  name: 'retry-all',
  summary: 'Retry every parked key of the projection, one after the other',
  perform: (operations, { name }) => operations.retryAll(name),
};

export const SKIP: ParkedKeyAct<OnParkedKey & { reason?: string | undefined }> = {
  name: 'skip',
  operationId: 'skipParkedKey',
  summary: 'Skip the event at which a key is parked, and fold the events that wait behind it',
  effect:
    'One event is skipped, for good. The rows lack its effect, and the table skipped_events records it. The log of ' +
    'operations keeps the reason that is given.',
  ofRoute: OF_ROUTE,
  refusals: REFUSALS,
  perform: (operations, { name, key, reason }) => operations.skip(name, key, { reason }),
};

export const PARKED_KEY_ACTS = [RETRY, RETRY_ALL, SKIP] as const;
