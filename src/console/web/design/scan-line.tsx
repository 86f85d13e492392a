import type { Scan, Scanning } from '../api/scan.js';
import type { Page } from '../api/types.js';
import { Button } from './button.js';
import { grouped } from './figures.js';
import { ProblemLine } from './states.js';

export interface ScanLineProps<Item> {
  of: Scanning<Item, any>;
  /** Whether the search goes from the end of the log to its beginning. */
  isBackwards?: boolean;
  /** What is looked for: "events". */
  what: string;
}

/** How far a search has looked, and the button with which it goes on or stops. */
export function ScanLine<Item>({ of, isBackwards = false, what }: ScanLineProps<Item>) {
  const found: Scan<Item, Page<Item>> = of.found.value;
  const { state, problem, items } = found;
  if (state === 'failed') return <ProblemLine problem={problem!} onRetry={of.goOn} />;
  return (
    <footer class="pager scan">
      <span class="small faint" role="status">
        {grouped(items.length)} {what}. {lookedAt(found, isBackwards)}
      </span>
      {state === 'searching' && (
        <progress class="scan-bar" aria-label="Search" {...shareOf(found, isBackwards)} />
      )}
      {state === 'searching' && (
        <Button isSmall onClick={of.stop}>
          Stop
        </Button>
      )}
      {state === 'resting' && (
        <Button isSmall onClick={of.goOn}>
          {isBackwards ? 'Look further back' : 'Look further'}
        </Button>
      )}
    </footer>
  );
}

function lookedAt({ state, scanned }: Scan<unknown, any>, isBackwards: boolean): string {
  if (state === 'ended')
    return isBackwards ? 'The beginning of the log is reached.' : 'The whole log is searched.';
  if (scanned === undefined) return 'Searching …';
  return isBackwards
    ? `Looked back to position ${grouped(scanned.to)} of ${grouped(scanned.head)}.`
    : `Looked up to position ${grouped(scanned.to)} of ${grouped(scanned.head)}.`;
}

function shareOf({ scanned }: Scan<unknown, any>, isBackwards: boolean): { max?: number; value?: number } {
  if (scanned === undefined || scanned.head === 0) return {};
  return { max: scanned.head, value: isBackwards ? scanned.head - scanned.to : scanned.to };
}
