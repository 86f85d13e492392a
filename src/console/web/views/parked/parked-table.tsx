import type { ParkedKey } from '../../api/types.js';
import { grouped } from '../../design/figures.js';
import { Time } from '../../design/time.js';
import { query, setQuery, to } from '../../router/router.js';
import { ParkedDetails } from './parked-details.js';

export interface ParkedTableProps {
  projection: string;
  items: readonly ParkedKey[];
  onChange: () => void;
}

/** The open key is in the address, so that a colleague sees the same. */
export const ParkedTable = ({ projection, items, onChange }: ParkedTableProps) => (
  <div class="scroll">
    <table class="table parked">
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Event</th>
          <th scope="col">Error</th>
          <th scope="col" class="number">
            Attempts
          </th>
          <th scope="col" class="number">
            Waiting
          </th>
          <th scope="col">Parked</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <Entry key={item.key} projection={projection} of={item} onChange={onChange} />
        ))}
      </tbody>
    </table>
  </div>
);

interface EntryProps {
  projection: string;
  of: ParkedKey;
  onChange: () => void;
}

function Entry({ projection, of, onChange }: EntryProps) {
  const isOpen = query.value.get('key') === of.key;
  return (
    <>
      <tr>
        <td class="name">
          <button
            type="button"
            class="opener mono break"
            aria-expanded={isOpen}
            onClick={() => setQuery({ key: isOpen ? undefined : of.key })}
          >
            {of.key}
          </button>
        </td>
        <td>
          <a href={to('log', { at: of.position })}>{of.event.type}</a>
          <div class="small faint">position {grouped(of.position)}</div>
        </td>
        <td class="break error">{firstLine(of.error)}</td>
        <td class="number">{grouped(of.attempts)}</td>
        <td class="number">{grouped(of.waiting)}</td>
        <td>
          <Time at={of.parkedAt} />
        </td>
      </tr>
      {isOpen && (
        <tr class="details">
          <td colSpan={6}>
            <ParkedDetails projection={projection} of={of} onChange={onChange} />
          </td>
        </tr>
      )}
    </>
  );
}

const firstLine = (text: string): string => text.split('\n')[0]!;
