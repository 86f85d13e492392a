import type { RowsOfTable, StoredRow } from '../../api/types.js';
import { Scalar } from '../../design/json-tree.js';
import { Empty } from '../../design/states.js';
import { query, setQuery } from '../../router/router.js';

/** Rows, field by field. A field leads to the steps that changed it. */
export const RowTables = ({ of }: { of: readonly RowsOfTable[] }) => {
  const filled = of.filter(({ rows }) => rows.length > 0);
  if (filled.length === 0) return <Empty title="No row" />;
  return (
    <>
      {filled.map(({ table, rows, isCut }) => (
        <div key={table} class="rows">
          <h3 class="mono break small faint">{table}</h3>
          {rows.map((row, index) => (
            <Row key={index} of={row} />
          ))}
          {isCut && <p class="small faint">There are more rows of this key: the first are shown.</p>}
        </div>
      ))}
    </>
  );
};

const Row = ({ of }: { of: StoredRow }) => (
  <dl class="row-fields">
    {Object.entries(of).map(([field, value]) => (
      <div key={field} class={query.value.get('field') === field ? 'chosen' : undefined}>
        <dt>
          <button
            type="button"
            class="as-link mono"
            aria-pressed={query.value.get('field') === field}
            title="Which step changed it?"
            onClick={() => setQuery({ field: query.value.get('field') === field ? undefined : field })}
          >
            {field}
          </button>
        </dt>
        <dd class="mono break">
          <Scalar of={value} />
        </dd>
      </div>
    ))}
  </dl>
);
