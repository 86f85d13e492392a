import { type Scanning, useScan } from '../../api/scan.js';
import type { LogPage, StoredEvent } from '../../api/types.js';
import { Badge } from '../../design/badge.js';
import { Button } from '../../design/button.js';
import { grouped } from '../../design/figures.js';
import { PageHeader } from '../../design/page-header.js';
import { ScanLine } from '../../design/scan-line.js';
import { Empty, Loading } from '../../design/states.js';
import { useKeys } from '../../keys/use-keys.js';
import { positionOf, query, setQuery } from '../../router/router.js';
import { EventSheet } from '../event/event-sheet.js';
import { askLog, type LogQuestion, PAGE_SIZE } from './ask-log.js';
import { EventTable } from './event-table.js';
import { KEPT_EVENTS, type LiveTail, useLiveTail } from './live-tail.js';
import { conditionsOf, type LogConditions, LogFilter } from './log-filter.js';

/** The log: as it grows, or from a position on. */
export function LogView() {
  const [at, open] = [positionOf('at'), positionOf('event')];
  const conditions = conditionsOf(query.value);
  return (
    <>
      <PageHeader title="Log" lead="Every event, in the order in which it was appended." />
      <section class="panel">
        <LogFilter />
      </section>
      <div class={open === null ? 'beside' : 'beside open'}>
        {at === null ? <Tail conditions={conditions} /> : <From position={at} conditions={conditions} />}
        {open !== null && (
          <EventSheet key={open} position={open} onClose={() => setQuery({ event: undefined })} />
        )}
      </div>
    </>
  );
}

function useEvents(question: LogQuestion): Scanning<StoredEvent, LogPage> {
  return useScan<StoredEvent, LogPage>({ enough: PAGE_SIZE, ask: askLog(question) }, [
    JSON.stringify(question),
  ]);
}

function Tail({ conditions }: { conditions: LogConditions }) {
  const scanning = useEvents({ conditions, direction: 'backwards' });
  const { items, scanned, state } = scanning.found.value;
  const tail = useLiveTail(scanned?.head, conditions);
  const events = [...tail.events.value, ...items];
  useKeys({ p: () => (tail.isPaused.value = !tail.isPaused.peek()) });
  return (
    <section class="panel">
      <header>
        <h2>Newest events</h2>
        {state !== 'failed' && <TailState of={tail} />}
      </header>
      {state === 'searching' && events.length === 0 && <Loading />}
      {state !== 'searching' && state !== 'failed' && events.length === 0 && (
        <Empty title="No such event yet">New ones appear here as they come.</Empty>
      )}
      {tail.events.value.length >= KEPT_EVENTS && (
        <p class="notice">
          The newest {grouped(KEPT_EVENTS)} events since this page was opened. Narrow the filter to see all.
        </p>
      )}
      {events.length > 0 && <EventTable of={events} />}
      <ScanLine of={scanning} isBackwards what="events from before" />
    </section>
  );
}

const TONES = {
  connecting: 'busy',
  open: 'well',
  waiting: 'warning',
  refused: 'alarm',
  closed: 'idle',
} as const;

function TailState({ of: { isPaused, waiting, status } }: { of: LiveTail }) {
  const { state } = status.value;
  const words = isPaused.value ? 'paused' : state === 'open' ? 'live' : state;
  return (
    <div class="actions">
      <Badge tone={isPaused.value ? 'idle' : TONES[state]}>{words}</Badge>
      <Button
        isSmall
        isPressed={isPaused.value}
        title="p"
        onClick={() => (isPaused.value = !isPaused.peek())}
      >
        {isPaused.value ? `Go on (${grouped(waiting.value)} new)` : 'Pause'}
      </Button>
    </div>
  );
}

function From({ position, conditions }: { position: number; conditions: LogConditions }) {
  const scanning = useEvents({ conditions, direction: 'forwards', start: Math.max(position - 1, 0) });
  const { items, state } = scanning.found.value;
  const before = Math.max(position - PAGE_SIZE, 1);
  return (
    <section class="panel">
      <header>
        <h2>From position {grouped(position)}</h2>
        <div class="actions">
          {position > 1 && (
            <Button isSmall onClick={() => setQuery({ at: before }, { replace: false })}>
              Earlier
            </Button>
          )}
          <Button isSmall onClick={() => setQuery({ at: undefined }, { replace: false })}>
            Newest
          </Button>
        </div>
      </header>
      {state === 'searching' && items.length === 0 && <Loading />}
      {state === 'ended' && items.length === 0 && <Empty title="No such event from there on" />}
      {items.length > 0 && <EventTable of={items} />}
      <ScanLine of={scanning} what="events" />
    </section>
  );
}
