import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Button } from '../../design/button.js';
import { query, setQuery } from '../../router/router.js';

export interface LogConditions {
  type: readonly string[];
  stream: string | undefined;
  correlationId: string | undefined;
  actor: string | undefined;
}

const FIELDS = [
  ['type', 'Type', 'user.registered, several by spaces'],
  ['stream', 'Stream', 'user-…'],
  ['correlationId', 'Correlation id', ''],
  ['actor', 'Actor', 'user id'],
  ['at', 'Position', '1'],
] as const;
type FieldName = (typeof FIELDS)[number][0];

/** What the address says. */
export function conditionsOf(address: URLSearchParams): LogConditions {
  const text = (name: string) => address.get(name) ?? undefined;
  return {
    type: address.getAll('type'),
    stream: text('stream'),
    correlationId: text('correlationId'),
    actor: text('actor'),
  };
}

/** The filter, and the jump to a position. */
export function LogFilter() {
  const address = query.value.toString();
  const typed = useMemo(() => signal(typedIn(query.value)), [address]);
  const apply = () => {
    const { type, at, ...others } = typed.peek();
    const position = at.replaceAll(/\D/g, '');
    setQuery({ ...others, type: type.split(/[\s,]+/), at: position, event: undefined }, { replace: false });
  };
  const isFiltered = Object.values(typed.value).some((text) => text !== '');
  return (
    <form
      class="filter"
      role="search"
      aria-label="Filter the log"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      {FIELDS.map(([name, label, placeholder]) => (
        <label class="field" key={name}>
          <span class="small">{label}</span>
          <input
            class="input"
            name={name}
            value={typed.value[name]}
            placeholder={placeholder}
            inputMode={name === 'at' ? 'numeric' : undefined}
            spellcheck={false}
            autocomplete="off"
            onInput={({ currentTarget: { value } }) => (typed.value = { ...typed.peek(), [name]: value })}
          />
        </label>
      ))}
      <div class="actions">
        <Button type="submit" kind="primary">
          Apply
        </Button>
        {isFiltered && (
          <Button kind="quiet" onClick={() => setQuery(NOTHING, { replace: false })}>
            Clear
          </Button>
        )}
      </div>
    </form>
  );
}

const NOTHING = Object.fromEntries(FIELDS.map(([name]) => [name, undefined]));

const typedIn = (address: URLSearchParams) =>
  Object.fromEntries(FIELDS.map(([name]) => [name, address.getAll(name).join(' ')])) as Record<
    FieldName,
    string
  >;
