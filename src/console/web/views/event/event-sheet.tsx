import { get, path } from '../../api/client.js';
import { useResource } from '../../api/resource.js';
import type { Page, StoredEvent, TouchedRows } from '../../api/types.js';
import { CopyButton } from '../../design/copy-button.js';
import { grouped } from '../../design/figures.js';
import { JsonTree } from '../../design/json-tree.js';
import { SideSheet } from '../../design/side-sheet.js';
import { Empty, Shown } from '../../design/states.js';
import { Time } from '../../design/time.js';
import { to } from '../../router/router.js';

/** One event: what it says, where it belongs, and the rows that it touches. */
export function EventSheet({ position, onClose }: { position: number; onClose: () => void }) {
  const { loaded, reload } = useResource(
    (signal) =>
      get<Page<StoredEvent>>('events', { query: { after: position - 1, limit: 1 }, signal }).then(
        ({ items }) => items.find((event) => event.position === position) ?? null,
      ),
    [position],
  );
  return (
    <SideSheet title={`Event at ${grouped(position)}`} onClose={onClose}>
      <Shown of={loaded.value} onRetry={reload}>
        {(event) =>
          event === null ? <Empty title="The log has no such position" /> : <Details of={event} />
        }
      </Shown>
    </SideSheet>
  );
}

const Details = ({ of: event }: { of: StoredEvent }) => (
  <>
    <h3 class="mono break">{event.type}</h3>
    <dl class="properties">
      <dt>Time</dt>
      <dd>
        <Time at={event.timestamp} />
      </dd>
      <dt>Stream</dt>
      <dd>
        <a class="break" href={to('stream', { id: event.streamId, v: event.version })}>
          {event.streamId}
        </a>{' '}
        <span class="faint">version {grouped(event.version)}</span>
      </dd>
      <Correlation of={event.metadata} />
      <dt>Event id</dt>
      <dd class="mono break">{event.eventId}</dd>
    </dl>
    <section>
      <header>
        <h3>Data</h3>
        <CopyButton text={() => JSON.stringify(event.data, undefined, 2)}>Copy data</CopyButton>
      </header>
      <JsonTree of={event.data} label="Data" />
    </section>
    <section>
      <header>
        <h3>Metadata</h3>
        <CopyButton text={() => JSON.stringify(event, undefined, 2)}>Copy event</CopyButton>
      </header>
      <JsonTree of={event.metadata} label="Metadata" />
    </section>
    <section>
      <header>
        <h3>Rows it touches</h3>
      </header>
      <Rows position={event.position} />
    </section>
  </>
);

function Correlation({ of: { correlationId, userId } }: { of: StoredEvent['metadata'] }) {
  return (
    <>
      {typeof correlationId === 'string' && (
        <>
          <dt>Correlation</dt>
          <dd>
            <a class="break" href={to('correlation', { id: correlationId })}>
              {correlationId}
            </a>
          </dd>
        </>
      )}
      {typeof userId === 'string' && (
        <>
          <dt>Actor</dt>
          <dd>
            <a class="break" href={to('log', { actor: userId })}>
              {userId}
            </a>
          </dd>
        </>
      )}
    </>
  );
}

function Rows({ position }: { position: number }) {
  const { loaded, reload } = useResource(
    (signal) => get<Page<TouchedRows>>(path`events/${position}/rows`, { signal }),
    [position],
  );
  return (
    <Shown of={loaded.value} onRetry={reload}>
      {({ items }) =>
        items.length === 0 ? (
          <p class="muted">None: no projection of this process folds it into a row.</p>
        ) : (
          <ul class="touched">
            {items.map(({ projection, key, tables }) => (
              <li key={`${projection} ${key}`}>
                <a class="break" href={to('row', { projection, key, at: position })}>
                  {key}
                </a>{' '}
                <span class="faint">
                  in {projection}
                  {tables.length > 0 && `: ${[...new Set(tables.map(({ table }) => table))].join(', ')}`}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Shown>
  );
}
