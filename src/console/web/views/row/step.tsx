import type { RowChange, RowStep } from '../../api/types.js';
import { Badge } from '../../design/badge.js';
import { Button } from '../../design/button.js';
import { Differences } from '../../design/differences.js';
import { grouped } from '../../design/figures.js';
import { Time } from '../../design/time.js';
import { query, setQuery } from '../../router/router.js';

export interface StepProps {
  of: RowStep;
  /** The field that the person asks about. */
  field: string | null;
}

/** An event of the key, and what it made of the rows. */
export function Step({ of: { event, changes, skipped, failure }, field }: StepProps) {
  const { position, type, timestamp } = event;
  const isAt = query.value.get('at') === String(position);
  return (
    <li>
      <header>
        <button type="button" class="as-link" onClick={() => setQuery({ event: position })}>
          <bdi>{type}</bdi>
        </button>
        <span class="small faint">
          {grouped(position)} · <Time at={timestamp} />
        </span>
        {skipped && <Badge tone="warning">skipped</Badge>}
        {failure !== null && <Badge tone="alarm">not folded</Badge>}
        <Button
          isSmall
          kind="quiet"
          isPressed={isAt}
          onClick={() => setQuery({ at: isAt ? undefined : position })}
        >
          Row after this
        </Button>
      </header>
      {failure !== null && <p class="break error">{failure}</p>}
      {changes.length === 0 && failure === null && <p class="muted small">It changed nothing.</p>}
      {changes.map((change, index) => (
        <Change key={index} of={change} field={field} />
      ))}
    </li>
  );
}

function Change({ of: { table, before, after, fields }, field }: { of: RowChange; field: string | null }) {
  const shown = field === null ? fields : fields.filter((each) => each === field);
  const kind = before === null ? 'added' : after === null ? 'removed' : 'changed';
  return (
    <div class="change">
      <p class="small faint">
        <span class="mono">{table}</span>: row {kind}
      </p>
      <Differences
        label={`Changes of ${table}`}
        of={shown.map((path) => ({ path, before: before?.[path], after: after?.[path] }))}
      />
    </div>
  );
}
