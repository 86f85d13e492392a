import { useSignal } from '@preact/signals';
import { path, post } from '../../api/client.js';
import type { RowRebuild } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { Confirm } from '../../design/confirm.js';
import { grouped, plural } from '../../design/figures.js';

export interface RebuildKeyProps {
  projection: string;
  rowKey: string;
  onDone: () => void;
}

/** Folds the events of one key anew, and replaces its rows. */
export function RebuildKey({ projection, rowKey, onDone }: RebuildKeyProps) {
  const isAsked = useSignal(false);
  const outcome = useSignal<RowRebuild | undefined>(undefined);
  return (
    <>
      <Button isSmall onClick={() => (isAsked.value = true)}>
        Rebuild this key …
      </Button>
      {isAsked.value && (
        <Confirm
          title={`Rebuild ${rowKey}?`}
          effects={[
            `The events of this key are folded anew, and its rows in ${projection} are replaced in one transaction.`,
            'Rows of other keys stay as they are. The projection waits for a moment.',
            'What you did is recorded.',
          ]}
          verb="Rebuild"
          perform={async () => {
            outcome.value = await post<RowRebuild>(path`projections/${projection}/rows/${rowKey}/rebuild`);
          }}
          onClose={() => (isAsked.value = false)}
        />
      )}
      {outcome.value !== undefined && !isAsked.value && (
        <Confirm
          title="The key is rebuilt"
          effects={[`Folded up to position ${grouped(outcome.value.position)}.`, differences(outcome.value)]}
          verb="Show the rows"
          perform={async () => onDone()}
          onClose={() => (outcome.value = undefined)}
        />
      )}
    </>
  );
}

function differences({ tables }: RowRebuild): string {
  const changed = tables.reduce((sum, { differing, missing, extra }) => sum + differing + missing + extra, 0);
  return changed === 0 ? 'No row differed.' : `${plural(changed, 'row')} differed, and were replaced.`;
}
