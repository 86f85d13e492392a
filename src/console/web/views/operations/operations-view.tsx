import { get } from '../../api/client.js';
import { useResource } from '../../api/resource.js';
import type { Operation, Page } from '../../api/types.js';
import { Badge, type Tone } from '../../design/badge.js';
import { plural } from '../../design/figures.js';
import { Filter } from '../../design/filter.js';
import { PageHeader } from '../../design/page-header.js';
import { Pager } from '../../design/pager.js';
import { Button } from '../../design/button.js';
import { Scroll } from '../../design/scroll.js';
import { Empty, Shown } from '../../design/states.js';
import { Time } from '../../design/time.js';
import { projections } from '../../live/overview.js';
import { query } from '../../router/router.js';

const PAGE_SIZE = 50;

/** Who did what, when, and with which outcome; newest first. */
export function OperationsView() {
  const after = query.value.get('after') ?? undefined;
  const projection = query.value.get('projection') ?? undefined;
  const { loaded, reload } = useResource(
    (signal) =>
      get<Page<Operation>>('operations', { query: { after, projection, limit: PAGE_SIZE }, signal }),
    [after, projection],
  );
  const names = Object.fromEntries((projections.value ?? []).map(({ name }) => [name, name]));
  return (
    <>
      <PageHeader
        title="Operations"
        lead="What operators did, recorded in the transaction of the act itself."
      >
        <Filter
          label="Projection"
          parameter="projection"
          all="All projections"
          chosen={projection}
          options={names}
        />
        <Button onClick={reload}>Look again</Button>
      </PageHeader>
      <section class="panel">
        <Shown of={loaded.value} onRetry={reload}>
          {(page) => <List of={page} isFirst={after === undefined} />}
        </Shown>
      </section>
    </>
  );
}

function List({ of: { items, nextCursor }, isFirst }: { of: Page<Operation>; isFirst: boolean }) {
  if (items.length === 0) {
    return isFirst ? (
      <Empty title="Nobody has done anything yet">Pauses, rebuilds, retries and skips appear here.</Empty>
    ) : (
      <Empty title="No older operations" />
    );
  }
  return (
    <>
      <Scroll label="Operations">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">With</th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {items.map((operation) => (
              <Line key={operation.id} of={operation} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <Pager next={nextCursor} shown={`${plural(items.length, 'operation')} on this page`} />
    </>
  );
}

const TONES: Record<Operation['outcome'], Tone> = { done: 'well', refused: 'warning', failed: 'alarm' };

const Line = ({ of: { at, actor, act, parameters, outcome, detail } }: { of: Operation }) => (
  <tr>
    <td>
      <Time at={at} />
    </td>
    <td class="break">{actor ?? <span class="faint">unknown</span>}</td>
    <td class="name">{act}</td>
    <td class="break">
      {Object.entries(parameters).map(([name, value]) => (
        <div key={name}>
          <span class="faint">{name}</span>{' '}
          <span class="mono">{typeof value === 'string' ? value : JSON.stringify(value)}</span>
        </div>
      ))}
    </td>
    <td>
      <Badge tone={TONES[outcome] ?? 'idle'}>{outcome}</Badge>
      {detail !== null && <p class="small muted break">{detail}</p>}
    </td>
  </tr>
);
