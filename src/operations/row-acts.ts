/** The acts on the rows of a key. This module imports types alone, as `projection-acts.ts` does. */
import type { RowRebuild } from '../event-sourcing/index.js';
import type { RoutedAct } from './act.js';
import type { OnProjection } from './projection-acts.js';

export interface OnRow extends OnProjection {
  key: string;
}

export const REBUILD_ROW: RoutedAct<OnRow, RowRebuild> = {
  name: 'rebuild-row',
  operationId: 'rebuildRow',
  summary: 'Fold the rows of one key anew, and replace the living ones',
  effect:
    'The events of the key are found and folded while other keys go on. Then the rows are compared and replaced in one ' +
    'transaction, which keeps the projection waiting for a moment. The process that performs it folds by its own code.',
  ofRoute:
    'The answer has the differences that there were. With 503 `projection.scan-unfinished` the events are not all ' +
    'found yet, and the next request goes on.',
  refusals: [
    'no-projection',
    'no-row',
    {
      code: 'projection.key-parked',
      example:
        '"3f2b8c1e" is parked in user-profile at position 17, and its later events wait: mend the cause and retry ' +
        'it, or skip that event.',
    },
    {
      code: 'projection.paused',
      example: 'user-profile is paused, and its rows stay as they are: resume it first.',
    },
    {
      code: 'projection.rebuilding',
      example:
        'user-profile is being rebuilt: its rows are folded anew already. Wait for the end, or cancel it.',
    },
    {
      code: 'projection.other-revision',
      example:
        'The rows of user-profile are of another revision or have other partitions than this process knows, or there ' +
        'are none yet. Wait until the rebuild for this build has ended.',
    },
    {
      code: 'projection.rows-shared',
      example:
        'Events of another key touch the row 7 of Stock, too. From position 40 on, the events of one key do not tell ' +
        'the row. Nothing was changed: a rebuild of stock folds all keys together.',
    },
    {
      code: 'projection.cannot-fold',
      example: 'user-profile could not fold the event at position 17, and nothing was changed: no such plan',
    },
    'not-told',
    'scan-unfinished',
    'busy',
    'newer-build',
    'table-misfit',
  ],
  perform: (operations, { name, key }) => operations.rebuildRow(name, key),
};

export const ROW_ACTS = [REBUILD_ROW] as const;
