/** When the rows of one key may be replaced. Each refusal names the cure. */
import type { Share } from '../declare/share.js';
import { ProjectionStateError } from '../projection-errors.js';
import type { Checkpoint } from '../turn/checkpoint.sql.js';
import type { ExplainedKey } from './explained-key.js';
import { ownSqlError } from './explanation-errors.js';
import type { KeyFold } from './key-fold.js';
import type { KeyState } from './key-state.sql.js';

/** @throws ProjectionStateError when the events of the key do not tell its rows */
export function requireTold({ folding: { name }, key }: ExplainedKey, { hasOwnSql, parked }: KeyState): void {
  if (hasOwnSql) throw ownSqlError(name);
  if (parked === null) return;
  throw new ProjectionStateError(
    'projection.key-parked',
    `"${key}" is parked in ${name} at position ${parked.position}, and its later events wait: mend the cause and ` +
      'retry it, or skip that event.',
  );
}

/** @throws ProjectionStateError when the living rows are not to be changed, or not by this build */
export function requireLiving(
  { folding }: ExplainedKey,
  { partitions }: Share,
  checkpoint: Checkpoint | undefined,
  isRebuilding: boolean,
): asserts checkpoint is Checkpoint {
  const { name, revision } = folding;
  if (checkpoint === undefined || checkpoint.revision !== revision || checkpoint.partitions !== partitions) {
    throw new ProjectionStateError(
      'projection.other-revision',
      `The rows of ${name} are of another revision or have other partitions than this process knows, or there are ` +
        'none yet. Wait until the rebuild for this build has ended.',
    );
  }
  if (checkpoint.isPaused) {
    const message = `${name} is paused, and its rows stay as they are: resume it first.`;
    throw new ProjectionStateError('projection.paused', message);
  }
  if (!isRebuilding) return;
  const message = `${name} is being rebuilt: its rows are folded anew already. Wait for the end, or cancel it.`;
  throw new ProjectionStateError('projection.rebuilding', message);
}

/** @throws ProjectionStateError when the fold of the key alone is not the truth, or has failed */
export function requireFolded({ folding: { name }, trail }: ExplainedKey, { failure }: KeyFold): void {
  const { found } = trail.shared;
  if (found !== undefined) {
    const message = `${found.reason} Nothing was changed: a rebuild of ${name} folds all keys together.`;
    throw new ProjectionStateError('projection.rows-shared', message);
  }
  if (failure === undefined) return;
  throw new ProjectionStateError(
    'projection.cannot-fold',
    `${name} could not fold the event at position ${failure.position}, and nothing was changed: ${failure.message}`,
  );
}
