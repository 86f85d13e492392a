import type { Rebuild } from '../../api/types.js';
import { Badge, type Tone } from '../../design/badge.js';
import { duration, grouped, rounded } from '../../design/figures.js';

const STATES: Record<Rebuild['state'], { tone: Tone; says: string }> = {
  requested: { tone: 'busy', says: 'No process has begun it yet.' },
  folding: { tone: 'busy', says: 'Its rows are folded beside the living ones.' },
  held: { tone: 'warning', says: 'It is folded and compared, and waits for your release.' },
  released: { tone: 'busy', says: 'It exchanges the rows.' },
};

/** How far a rebuild is, and when it will be done. */
export function RebuildProgress({ of }: { of: Rebuild }) {
  const { tone, says } = STATES[of.state];
  return (
    <div class="rebuild-progress">
      <div class="line">
        <Badge tone={tone}>{of.state}</Badge>
        <span class="break">{of.reason ?? says}</span>
      </div>
      <div
        class="progress"
        role="progressbar"
        aria-label="Rebuild"
        aria-valuenow={Math.floor(of.percent)}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <i style={{ width: `${of.percent}%` }} />
      </div>
      <div class="line small muted">
        <span>
          {grouped(of.position)} of {grouped(of.target)} events · {Math.floor(of.percent)} %
        </span>
        <span>{rounded(of.rate)} a second</span>
        <span>{of.etaSeconds === null ? 'time to go unknown' : `${duration(of.etaSeconds)} to go`}</span>
        {of.parkedKeys > 0 && <span>{grouped(of.parkedKeys)} keys could not be folded</span>}
      </div>
    </div>
  );
}
