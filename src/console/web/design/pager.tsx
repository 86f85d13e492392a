import { query, setQuery } from '../router/router.js';
import { Button } from './button.js';

/** Leads through pages of a list by their cursors. The page is in the address, so "back" is that of the browser. */
export function Pager({ next, shown }: { next: string | null; shown: string }) {
  const isFirst = !query.value.has('after');
  return (
    <footer class="pager">
      <span class="small faint">{shown}</span>
      <div class="actions">
        {!isFirst && (
          <Button isSmall onClick={() => setQuery({ after: undefined }, { replace: false })}>
            First page
          </Button>
        )}
        {next !== null && (
          <Button isSmall onClick={() => setQuery({ after: next }, { replace: false })}>
            Next page
          </Button>
        )}
      </div>
    </footer>
  );
}
