import type { Folding } from './folding.js';

/** `live`: the rows that queries see. `rebuild`: rows that are folded from the first event on, beside the living ones. */
export type Build = 'live' | 'rebuild';

/** What one turn locks and folds: a partition of a build of a projection's rows. */
export interface Share {
  readonly folding: Folding;
  readonly build: Build;
  readonly partition: number;
  /** Of the build, in all. */
  readonly partitions: number;
}
