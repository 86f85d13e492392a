import { useSignal } from '@preact/signals';
import { Button } from './button.js';
import { grouped } from './figures.js';

/** Longer texts make a page slow, and nobody reads them to the end. */
const LONGEST = 4_000;

/** A value as JSON. A long one is cut until the person asks for all of it. */
export function JsonText({ of, label }: { of: unknown; label: string }) {
  const isWhole = useSignal(false);
  const text = JSON.stringify(of, undefined, 2) ?? 'undefined';
  const isCut = text.length > LONGEST && !isWhole.value;
  return (
    <div class="json" role="group" aria-label={label}>
      <pre tabIndex={0}>{isCut ? `${text.slice(0, LONGEST)} …` : text}</pre>
      {isCut && (
        <Button isSmall onClick={() => (isWhole.value = true)}>
          {`Show all ${grouped(text.length)} characters`}
        </Button>
      )}
    </div>
  );
}
