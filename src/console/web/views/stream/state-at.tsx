import { get, path } from '../../api/client.js';
import { useResource } from '../../api/resource.js';
import type { StreamState, StreamStates } from '../../api/types.js';
import { CopyButton } from '../../design/copy-button.js';
import { differencesBetween } from '../../design/diff.js';
import { Differences } from '../../design/differences.js';
import { grouped } from '../../design/figures.js';
import { JsonTree } from '../../design/json-tree.js';
import { Empty, Shown } from '../../design/states.js';
import { query, setQuery, to } from '../../router/router.js';

export interface StateAtProps {
  id: string;
  version: number;
  page: StreamStates;
}

/** The event of a version, what it changed, and the state after it. */
export function StateAt({ id, version, page: { items, aggregate } }: StateAtProps) {
  const chosen = items.find(({ event }) => event.version === version);
  if (chosen === undefined) return <Unreached of={items.at(-1)} />;
  const { event, state, failure } = chosen;
  return (
    <div class="panels">
      <section class="panel">
        <header>
          <h2 class="break">
            <bdi>{event.type}</bdi>
          </h2>
          <a href={to('log', { at: event.position, event: event.position })}>
            position {grouped(event.position)}
          </a>
        </header>
        <div class="body">
          <JsonTree of={event.data} label="Data" />
        </div>
      </section>
      {aggregate === '' ? (
        <section class="panel">
          <Empty title="No state">
            No aggregate of this process has such streams: only its events are known.
          </Empty>
        </section>
      ) : (
        <>
          <Changes id={id} of={chosen} />
          <section class="panel">
            <header>
              <h2>
                {aggregate} after version {grouped(version)}
              </h2>
              <CopyButton text={() => JSON.stringify(state, undefined, 2)}>Copy</CopyButton>
            </header>
            {state === null ? (
              <Empty title="The aggregate cannot apply this event">{failure ?? ''}</Empty>
            ) : (
              <div class="body">
                <JsonTree of={state} label="State" />
              </div>
            )}
          </section>
        </>
      )}
    </div>
  );
}

const Unreached = ({ of }: { of: StreamState | undefined }) => (
  <section class="panel">
    <Empty title="No state of this version">
      {of?.failure ?? 'An earlier event cannot be applied by the aggregate of this process.'}
    </Empty>
  </section>
);

/** What changed since the version before, or since another one that the person names. */
function Changes({ id, of: { event, state, changes } }: { id: string; of: StreamState }) {
  const named = Number(query.value.get('since') ?? '');
  const since = named >= 1 && named < event.version ? named : undefined;
  return (
    <section class="panel">
      <header>
        <h2>What changed</h2>
        <label class="since small">
          since version
          <input
            class="input"
            type="number"
            min={0}
            max={event.version - 1}
            value={since ?? event.version - 1}
            aria-label="Since version"
            onChange={({ currentTarget: { valueAsNumber } }) =>
              setQuery({
                since: valueAsNumber === event.version - 1 ? undefined : valueAsNumber || undefined,
              })
            }
          />
        </label>
      </header>
      <div class="body">
        {since === undefined ? (
          <Differences of={changes} label="Changes" />
        ) : (
          <Since id={id} version={since} state={state} />
        )}
      </div>
    </section>
  );
}

function Since({ id, version, state }: { id: string; version: number; state: object | null }) {
  const { loaded, reload } = useResource(
    (signal) =>
      get<StreamStates>(path`streams/${id}/states`, { query: { fromVersion: version, limit: 1 }, signal }),
    [id, version],
  );
  return (
    <Shown of={loaded.value} onRetry={reload}>
      {({ items }) => <Differences of={differencesBetween(items[0]?.state, state)} label="Changes" />}
    </Shown>
  );
}
