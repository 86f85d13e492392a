import type { Build } from '../build.js';
import type { Folding } from './folding.js';

/** What one turn locks and folds: a partition of a build of a projection's rows. */
export interface Share {
  readonly folding: Folding;
  readonly build: Build;
  readonly partition: number;
  /** Of the build, in all. */
  readonly partitions: number;
}
