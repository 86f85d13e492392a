import { get } from '../../api/client.js';
import { useResource } from '../../api/resource.js';
import type { Page, ProcessInstance } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { plural } from '../../design/figures.js';
import { Filter } from '../../design/filter.js';
import { PageHeader } from '../../design/page-header.js';
import { Pager } from '../../design/pager.js';
import { Empty, Shown } from '../../design/states.js';
import { query } from '../../router/router.js';
import { ProcessLine } from './process-line.js';

const PAGE_SIZE = 50;
const STATES = { stuck: 'Stuck', running: 'Running', ended: 'Ended' };

/** The processes of process managers, by name and key. */
export function ProcessesView() {
  const cursor = query.value.get('after') ?? undefined;
  const state = query.value.get('state') ?? undefined;
  const { loaded, reload } = useResource(
    (signal) =>
      get<Page<ProcessInstance>>('processes', { query: { cursor, state, limit: PAGE_SIZE }, signal }),
    [cursor, state],
  );
  return (
    <>
      <PageHeader
        title="Processes"
        lead="What a process manager decides for each key, over minutes or weeks. Its stream has all of it."
      >
        <Filter label="State" parameter="state" all="All states" chosen={state} options={STATES} />
        <Button onClick={reload}>Look again</Button>
      </PageHeader>
      <section class="panel">
        <Shown of={loaded.value} onRetry={reload}>
          {(page) => <List of={page} state={state} onChange={reload} />}
        </Shown>
      </section>
    </>
  );
}

interface ListProps {
  of: Page<ProcessInstance>;
  state: string | undefined;
  onChange: () => void;
}

function List({ of: { items, nextCursor }, state, onChange }: ListProps) {
  if (items.length === 0) {
    return (
      <Empty title={state === undefined ? 'There is no process' : `No process is ${state}`}>
        A process manager of the application starts one for a key.
      </Empty>
    );
  }
  return (
    <>
      <div class="scroll">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">State</th>
              <th scope="col">Steps</th>
              <th scope="col">Last step</th>
              <th scope="col">Next timer</th>
              <th scope="col">Acts</th>
            </tr>
          </thead>
          <tbody>
            {items.map((each) => (
              <ProcessLine key={`${each.name} ${each.key}`} of={each} onChange={onChange} />
            ))}
          </tbody>
        </table>
      </div>
      <Pager next={nextCursor} shown={`${plural(items.length, 'process', 'processes')} on this page`} />
    </>
  );
}
