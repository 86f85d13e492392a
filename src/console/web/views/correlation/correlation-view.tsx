import { useSignal } from '@preact/signals';
import { get } from '../../api/client.js';
import { useScan } from '../../api/scan.js';
import type { LogPage, StoredEvent } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { plural } from '../../design/figures.js';
import { PageHeader } from '../../design/page-header.js';
import { ScanLine } from '../../design/scan-line.js';
import { Empty, Loading } from '../../design/states.js';
import { positionOf, query, setQuery, to } from '../../router/router.js';
import { EventSheet } from '../event/event-sheet.js';
import { SwimLanes } from './swim-lanes.js';

const PAGE_SIZE = 200;

/** All that followed from one request: what happened where, and what caused what. */
export function CorrelationView() {
  const id = query.value.get('id');
  const open = positionOf('event');
  return (
    <>
      <PageHeader
        title={id ?? 'Correlation'}
        of={{ text: 'Log', href: to('log', id === null ? {} : { correlationId: id }) }}
        lead="All events that followed from one request, a lane for each stream."
      />
      {id === null ? (
        <Choice />
      ) : (
        <div class={open === null ? 'beside' : 'beside open'}>
          <Found key={id} id={id} />
          {open !== null && (
            <EventSheet key={open} position={open} onClose={() => setQuery({ event: undefined })} />
          )}
        </div>
      )}
    </>
  );
}

function Found({ id }: { id: string }) {
  const scanning = useScan<StoredEvent, LogPage>(
    {
      enough: PAGE_SIZE,
      ask: (after, signal) =>
        get<LogPage>('events', { query: { correlationId: id, after, limit: PAGE_SIZE }, signal }),
    },
    [id],
  );
  const { items, state } = scanning.found.value;
  return (
    <section class="panel">
      <header>
        <h2>{plural(items.length, 'event')}</h2>
      </header>
      {items.length === 0 && state === 'searching' && <Loading />}
      {items.length === 0 && state === 'ended' && (
        <Empty title="No event has this correlation id">
          It may be in another log, or its command was refused.
        </Empty>
      )}
      {items.length > 0 && <SwimLanes of={items} />}
      <ScanLine of={scanning} what="events" />
    </section>
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
          aria-label="Correlation id"
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
