/**
 * What an operator does with a parked key. As `projection-acts.ts`, this module imports types alone.
 */
import type { RetryOutcome } from '../event-sourcing/index.js';
import type { Act, RoutedAct } from './act.js';
import type { OnProjection } from './projection-acts.js';

export interface OnParkedKey extends OnProjection {
  key: string;
}

/** It answers what became of the key. */
export type ParkedKeyAct = RoutedAct<OnParkedKey, RetryOutcome>;

const OF_ROUTE =
  'The key must be one that the list of parked keys has. Otherwise it is 404, as where nothing is parked.';

const REFUSALS: ParkedKeyAct['refusals'] = [
  'not-parked',
  {
    code: 'projection.paused',
    example: 'user-profile is paused, and its rows stay as they are: resume it first.',
  },
  'busy',
  'newer-build',
];

export const RETRY: ParkedKeyAct = {
  name: 'retry',
  operationId: 'retryParkedKey',
  summary: 'Fold what waits of a parked key, in order',
  effect:
    'The process that is asked folds, by its own code: mend the cause first, then retry by the mended code.',
  ofRoute: OF_ROUTE,
  refusals: REFUSALS,
  perform: (operations, { name, key }) => operations.retry(name, key),
};

export const RETRY_ALL: Act<OnProjection, AsyncGenerator<RetryOutcome>> = {
  name: 'retry-all',
  summary: 'Every parked key of the projection, one after the other',
  perform: (operations, { name }) => operations.retryAll(name),
};

export const SKIP: ParkedKeyAct = {
  name: 'skip',
  operationId: 'skipParkedKey',
  summary: 'Leave out the event that a parked key stands at, and fold what waits behind it',
  effect:
    'One event is left out, for good: its effect will be missing from the rows, and the table skipped_events keeps it ' +
    'on record.',
  ofRoute: OF_ROUTE,
  refusals: REFUSALS,
  perform: (operations, { name, key }) => operations.skip(name, key),
};

export const PARKED_KEY_ACTS = [RETRY, RETRY_ALL, SKIP] as const;
