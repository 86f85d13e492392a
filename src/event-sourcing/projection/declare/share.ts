import type { Build } from '../build.js';
import type { Folding } from './folding.js';

/** The unit that one turn locks and folds: a partition of a build of a projection's rows. */
export interface Share {
  readonly folding: Folding;
  readonly build: Build;
  readonly partition: number;
  /** Number of partitions of the build. */
  readonly partitions: number;
}
