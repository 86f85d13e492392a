import { get, path } from '../../api/client.js';
import { useScan } from '../../api/scan.js';
import type { RowHistory as HistoryPage, RowStep } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { plural } from '../../design/figures.js';
import { ScanLine } from '../../design/scan-line.js';
import { Empty, Loading } from '../../design/states.js';
import { positionOf, query, setQuery } from '../../router/router.js';
import { AsOf } from './as-of.js';
import { Step } from './step.js';

const PAGE_SIZE = 50;

export interface RowHistoryProps {
  projection: string;
  rowKey: string;
}

/** Why the rows are so: the events of the key, and what each changed. */
export function RowHistory({ projection, rowKey }: RowHistoryProps) {
  const scanning = useScan<RowStep, HistoryPage>(
    {
      enough: PAGE_SIZE,
      ask: (after, signal) =>
        get<HistoryPage>(path`projections/${projection}/rows/${rowKey}/history`, {
          query: { after, limit: PAGE_SIZE },
          signal,
        }),
    },
    [projection, rowKey],
  );
  const { items, state, last } = scanning.found.value;
  const field = query.value.get('field');
  const at = positionOf('at');
  const steps = field === null ? items : items.filter((step) => changesField(step, field));
  return (
    <>
      {at !== null && <AsOf projection={projection} rowKey={rowKey} position={at} />}
      <section class="panel">
        <header>
          <h2>{field === null ? 'Why is it so?' : plural(steps.length, 'step')}</h2>
          {field !== null && (
            <div class="actions">
              <span class="small muted">
                that changed <code>{field}</code>
              </span>
              <Button isSmall onClick={() => setQuery({ field: undefined })}>
                All steps
              </Button>
            </div>
          )}
        </header>
        {last?.dependsOnOtherRows != null && <p class="notice warning">{last.dependsOnOtherRows}</p>}
        {items.length === 0 && state === 'searching' && <Loading />}
        {steps.length === 0 && state === 'ended' && (
          <Empty title={field === null ? 'No event touches this key' : 'No step changed this field'} />
        )}
        <ol class="steps">
          {steps.map((step) => (
            <Step key={step.event.position} of={step} field={field} />
          ))}
        </ol>
        <ScanLine of={scanning} what="events of this key" />
      </section>
    </>
  );
}

const changesField = ({ changes }: RowStep, field: string): boolean =>
  changes.some(({ fields }) => fields.includes(field));
