import { get, path } from '../../api/client.js';
import { useResource } from '../../api/resource.js';
import type { RowHistory } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { grouped } from '../../design/figures.js';
import { Shown } from '../../design/states.js';
import { setQuery } from '../../router/router.js';
import { RowTables } from './row-tables.js';

export interface AsOfProps {
  projection: string;
  rowKey: string;
  position: number;
}

/** The rows as they were when the log was so long. */
export function AsOf({ projection, rowKey, position }: AsOfProps) {
  const { loaded, reload } = useResource(
    (signal) => rowsAt({ projection, rowKey, position }, signal),
    [projection, rowKey, position],
  );
  return (
    <section class="panel">
      <header>
        <h2>As of position {grouped(position)}</h2>
        <Button isSmall onClick={() => setQuery({ at: undefined })}>
          Close
        </Button>
      </header>
      <Shown of={loaded.value} onRetry={reload}>
        {({ dependsOnOtherRows, tables }) => (
          <>
            {dependsOnOtherRows !== null && <p class="notice warning">{dependsOnOtherRows}</p>}
            <RowTables of={tables} />
          </>
        )}
      </Shown>
    </section>
  );
}

/** The service looks for about a second a request: the search goes on until it has come there. */
async function rowsAt({ projection, rowKey, position }: AsOfProps, signal: AbortSignal): Promise<RowHistory> {
  const route = path`projections/${projection}/rows/${rowKey}/history`;
  for (let after = position; ;) {
    const page = await get<RowHistory>(route, { query: { after, upTo: position, limit: 1 }, signal });
    if (page.nextCursor === null) return page;
    after = Number(page.nextCursor);
  }
}
