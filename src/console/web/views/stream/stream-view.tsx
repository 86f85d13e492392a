import { useSignal } from '@preact/signals';
import { get, path } from '../../api/client.js';
import { Problem } from '../../api/problem.js';
import { useResource } from '../../api/resource.js';
import type { Page, StoredEvent, StreamState, StreamStates } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { grouped, plural } from '../../design/figures.js';
import { PageHeader } from '../../design/page-header.js';
import { Empty, Shown } from '../../design/states.js';
import { useKeys } from '../../keys/use-keys.js';
import { query, setQuery, to } from '../../router/router.js';
import { StateAt } from './state-at.js';
import { Timeline } from './timeline.js';

const PAGE_SIZE = 50;

/** One stream: its events, and the state of its aggregate after each. */
export function StreamView() {
  const id = query.value.get('id');
  return (
    <>
      <PageHeader
        title={id ?? 'Streams'}
        of={{ text: 'Log', href: to('log', id === null ? {} : { stream: id }) }}
        lead="The events of one aggregate, and its state after each of them."
      />
      {id === null ? <Choice /> : <Known key={id} id={id} />}
    </>
  );
}

function Choice() {
  const typed = useSignal('');
  return (
    <section class="panel">
      <form
        class="body inline"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.value.trim() !== '') setQuery({ id: typed.value.trim() }, { replace: false });
        }}
      >
        <input
          class="input mono"
          aria-label="Stream"
          placeholder="user-…"
          value={typed}
          onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
        />
        <Button type="submit" kind="primary">
          Open
        </Button>
      </form>
    </section>
  );
}

/** The last version. New events are there after a look. */
function Known({ id }: { id: string }) {
  const { loaded, reload } = useResource(
    (signal) =>
      get<Page<StoredEvent>>(path`streams/${id}`, { query: { direction: 'backwards', limit: 1 }, signal }),
    [id],
  );
  return (
    <Shown of={loaded.value} onRetry={reload}>
      {({ items: [last] }) =>
        last === undefined ? (
          <Empty title="No events" />
        ) : (
          <Versions id={id} last={last.version} onLook={reload} />
        )
      }
    </Shown>
  );
}

interface VersionsProps {
  id: string;
  last: number;
  onLook: () => void;
}

function Versions({ id, last, onLook }: VersionsProps) {
  const version = clamped(Number(query.value.get('v') ?? last), last);
  const show = (next: number) => setQuery({ v: clamped(next, last) });
  useKeys({ j: () => show(version + 1), k: () => show(version - 1) });
  const first = version - ((version - 1) % PAGE_SIZE);
  const { loaded, reload } = useResource((signal) => pageOf(id, first, signal), [id, first, last]);
  return (
    <div class="panels">
      <section class="panel">
        <header>
          <h2>{plural(last, 'version')}</h2>
          <div class="actions">
            <Button isSmall isDisabled={version <= 1} onClick={() => show(version - 1)} title="k">
              Previous
            </Button>
            <Button isSmall isDisabled={version >= last} onClick={() => show(version + 1)} title="j">
              Next
            </Button>
            <Button isSmall onClick={onLook}>
              Look again
            </Button>
          </div>
        </header>
        <label class="slider">
          <span class="small faint">Version {grouped(version)}</span>
          <input
            type="range"
            min={1}
            max={last}
            value={version}
            aria-label="Version"
            onInput={({ currentTarget }) => show(currentTarget.valueAsNumber)}
          />
        </label>
      </section>
      <Shown of={loaded.value} onRetry={reload}>
        {(page) => (
          <div class="halves">
            <Timeline of={page.items} chosen={version} onChoose={show} />
            <StateAt id={id} version={version} page={page} />
          </div>
        )}
      </Shown>
    </div>
  );
}

const clamped = (version: number, last: number): number =>
  Number.isFinite(version) ? Math.min(Math.max(Math.round(version), 1), last) : last;

/** A stream that no aggregate of this process knows has events, and no states. */
async function pageOf(id: string, fromVersion: number, signal: AbortSignal): Promise<StreamStates> {
  const options = { query: { fromVersion, limit: PAGE_SIZE }, signal };
  try {
    return await get<StreamStates>(path`streams/${id}/states`, options);
  } catch (error) {
    if (!(error instanceof Problem) || error.type !== 'stream.no-aggregate') throw error;
    const { items, nextCursor } = await get<Page<StoredEvent>>(path`streams/${id}`, options);
    return { aggregate: '', items: items.map(withoutState), nextCursor };
  }
}

const withoutState = (event: StoredEvent): StreamState => ({
  event,
  state: null,
  changes: [],
  failure: null,
});
