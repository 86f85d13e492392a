import { signal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { get, path } from '../../api/client.js';
import { useResource } from '../../api/resource.js';
import type { RowsOfKey } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { grouped } from '../../design/figures.js';
import { PageHeader } from '../../design/page-header.js';
import { Empty, Loading, Shown } from '../../design/states.js';
import { projections } from '../../live/overview.js';
import { positionOf, query, setQuery, to } from '../../router/router.js';
import { EventSheet } from '../event/event-sheet.js';
import { RebuildKey } from './rebuild-key.js';
import { RowHistory } from './row-history.js';
import { RowTables } from './row-tables.js';

/** The rows of one key, and the events that made them so. */
export function RowView() {
  const [projection, key] = ['projection', 'key'].map((name) => query.value.get(name));
  const open = positionOf('event');
  return (
    <>
      <PageHeader
        title={key ?? 'Rows'}
        {...(projection && { of: { text: projection, href: to('projection', { name: projection }) } })}
        lead="A row of a read model, and why it is so."
      />
      <section class="panel">
        <Search />
      </section>
      {projection && key && (
        <div class={open ? 'beside open' : 'beside'}>
          <Known key={`${projection} ${key}`} projection={projection} rowKey={key} />
          {open && <EventSheet key={open} position={open} onClose={() => setQuery({ event: undefined })} />}
        </div>
      )}
    </>
  );
}

function Search() {
  const names = (projections.value ?? []).map(({ name }) => name);
  const key = query.value.get('key') ?? '';
  const typed = useMemo(() => signal(key), [key]); // the address may lead to another key
  const chosen = query.value.get('projection') ?? names[0] ?? '';
  if (projections.value === undefined) return <Loading lines={1} />;
  return (
    <form
      class="body inline wrap"
      role="search"
      aria-label="Find a row"
      onSubmit={(event) => {
        event.preventDefault();
        const fresh = { at: undefined, field: undefined, event: undefined };
        setQuery({ projection: chosen, key: typed.value.trim(), ...fresh }, { replace: false });
      }}
    >
      <select
        class="input"
        aria-label="Projection"
        value={chosen}
        onChange={({ currentTarget: { value } }) => setQuery({ projection: value, key: undefined })}
      >
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <input
        class="input mono"
        aria-label="Key"
        placeholder="The key: a user id, a content id"
        spellcheck={false}
        autocomplete="off"
        value={typed}
        onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
      />
      <Button type="submit" kind="primary">
        Find
      </Button>
    </form>
  );
}

interface KnownProps {
  projection: string;
  rowKey: string;
}

function Known({ projection, rowKey }: KnownProps) {
  const changes = useSignal(0);
  return (
    <div class="panels">
      <Living projection={projection} rowKey={rowKey} onChange={() => changes.value++} key={changes.value} />
      <RowHistory projection={projection} rowKey={rowKey} key={`history ${changes.value}`} />
    </div>
  );
}

/** The rows as queries see them. A key without rows may have had some. */
function Living({ projection, rowKey, onChange }: KnownProps & { onChange: () => void }) {
  const { loaded, reload } = useResource(
    (stop) => get<RowsOfKey>(path`projections/${projection}/rows/${rowKey}`, { signal: stop }),
    [projection, rowKey],
  );
  const failed = loaded.value;
  if (failed.state === 'failed' && failed.problem.type === 'projection.row-not-found')
    return (
      <section class="panel">
        <Empty title="No row has this key now">Its events, if there are any, are below.</Empty>
      </section>
    );
  return (
    <section class="panel">
      <Shown of={loaded.value} onRetry={reload}>
        {(rows) => (
          <>
            <header>
              <h2>Now</h2>
              <div class="actions">
                <span class="small faint">folded up to {grouped(rows.position)}</span>
                <Button isSmall onClick={reload}>
                  Look again
                </Button>
                <RebuildKey projection={projection} rowKey={rowKey} onDone={onChange} />
              </div>
            </header>
            {rows.parkedAt !== null && (
              <p class="notice warning">
                The key is parked from position {grouped(rows.parkedAt)} on.{' '}
                <a href={to('parked', { name: projection, key: rowKey })}>See why</a>
              </p>
            )}
            <RowTables of={rows.tables} />
          </>
        )}
      </Shown>
    </section>
  );
}
