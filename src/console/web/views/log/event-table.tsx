import type { StoredEvent } from '../../api/types.js';
import { grouped } from '../../design/figures.js';
import { Time } from '../../design/time.js';
import { query, setQuery, to } from '../../router/router.js';

/** Characters of the data that a line shows. */
const SHOWN = 160;

/** Events, a line each. A click opens one beside the list. */
export const EventTable = ({ of }: { of: readonly StoredEvent[] }) => (
  <div class="scroll">
    <table class="table events">
      <thead>
        <tr>
          <th scope="col" class="number">
            Position
          </th>
          <th scope="col">Time</th>
          <th scope="col">Type</th>
          <th scope="col">Stream</th>
          <th scope="col">Data</th>
        </tr>
      </thead>
      <tbody>
        {of.map((event) => (
          <Line key={event.position} of={event} />
        ))}
      </tbody>
    </table>
  </div>
);

function Line({ of: { position, timestamp, type, streamId, version, data } }: { of: StoredEvent }) {
  const isOpen = query.value.get('event') === String(position);
  return (
    <tr class={isOpen ? 'open' : undefined}>
      <td class="number">
        <button
          type="button"
          class="as-link"
          aria-expanded={isOpen}
          onClick={() => setQuery({ event: isOpen ? undefined : position })}
        >
          {grouped(position)}
        </button>
      </td>
      <td>
        <Time at={timestamp} />
      </td>
      <td class="name">
        <bdi class="break">{type}</bdi>
      </td>
      <td>
        <a class="break" href={to('stream', { id: streamId, v: version })}>
          <bdi>{streamId}</bdi>
        </a>{' '}
        <span class="faint small">{grouped(version)}</span>
      </td>
      <td class="mono faint data">
        <bdi>{beginningOf(data)}</bdi>
      </td>
    </tr>
  );
}

/** Only as much of a large value is written as is shown. */
function beginningOf(data: unknown): string {
  let left = SHOWN;
  const short = (_key: string, value: unknown) => {
    if (left <= 0) return undefined;
    left -= 8;
    return typeof value === 'string' && value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
  };
  const text = JSON.stringify(data, short) ?? '';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text;
}
