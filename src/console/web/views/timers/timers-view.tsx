import { get } from '../../api/client.js';
import { useResource } from '../../api/resource.js';
import type { Page, Timer } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { plural } from '../../design/figures.js';
import { Filter } from '../../design/filter.js';
import { PageHeader } from '../../design/page-header.js';
import { Pager } from '../../design/pager.js';
import { Empty, Shown } from '../../design/states.js';
import { query } from '../../router/router.js';
import { TimerLine } from './timer-line.js';

const PAGE_SIZE = 50;
const STATES = { pending: 'Pending', failed: 'Failed', cancelled: 'Cancelled' };

/** The timers that have not fired; the next due first. */
export function TimersView() {
  const cursor = query.value.get('after') ?? undefined;
  const state = query.value.get('state') ?? undefined;
  const { loaded, reload } = useResource(
    (signal) => get<Page<Timer>>('timers', { query: { cursor, state, limit: PAGE_SIZE }, signal }),
    [cursor, state],
  );
  return (
    <>
      <PageHeader
        title="Timers"
        lead="Events that are appended when they are due. The log has those that have fired."
      >
        <Filter label="State" parameter="state" all="All states" chosen={state} options={STATES} />
        <Button onClick={reload}>Look again</Button>
      </PageHeader>
      <section class="panel">
        <Shown of={loaded.value} onRetry={reload}>
          {(page) => <List of={page} onChange={reload} />}
        </Shown>
      </section>
    </>
  );
}

function List({ of: { items, nextCursor }, onChange }: { of: Page<Timer>; onChange: () => void }) {
  if (items.length === 0)
    return <Empty title="No timer waits">What an application schedules appears here.</Empty>;
  return (
    <>
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Due</th>
              <th scope="col">State</th>
              <th scope="col">Event</th>
              <th scope="col">For</th>
              <th scope="col">Acts</th>
            </tr>
          </thead>
          <tbody>
            {items.map((timer) => (
              <TimerLine key={timer.id} of={timer} onChange={onChange} />
            ))}
          </tbody>
        </table>
      </div>
      <Pager next={nextCursor} shown={`${plural(items.length, 'timer')} on this page`} />
    </>
  );
}
