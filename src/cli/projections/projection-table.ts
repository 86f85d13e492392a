import { PROJECTION_STATES } from '../../event-sourcing/for-service.js';
import type { ProjectionStatus, RebuildStatus } from '../../event-sourcing/index.js';
import { duration } from '../terminal/duration.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

const HEAD = ['projection', 'status', 'position', 'log', 'behind', 'rate/s', 'parked', 'rebuild'];

/** The status of projections, one a line, and the reasons below them. */
export function projectionTable(terminal: Terminal, projections: readonly ProjectionStatus[]): string[] {
  const rows = projections.map((status) => [
    status.name,
    status.status,
    status.position,
    status.logPosition,
    behind(status),
    status.rate,
    status.parkedKeys,
    status.rebuild === null ? '' : rebuildInWords(status.rebuild),
  ]);
  const reasons = projections.flatMap(({ name, reason }) =>
    reason === null ? [] : terminal.cut([`${name}: ${reason}`]),
  );
  const [head, ...lines] = table(terminal, [HEAD, ...rows]);
  const coloured = lines.map((line, number) => {
    const { colour } = PROJECTION_STATES[projections[number]!.status];
    return colour === undefined ? line : terminal.colour(colour, line);
  });
  return [head!, ...coloured, ...(reasons.length > 0 ? ['', ...reasons] : [])];
}

function behind({ lagEvents, lagSeconds, etaSeconds }: ProjectionStatus): string {
  if (lagEvents === 0) return '0';
  const left = etaSeconds === null ? '' : `, ${duration(etaSeconds)} to go`;
  return `${lagEvents.toLocaleString('en')} (${duration(lagSeconds)}${left})`;
}

function rebuildInWords({ state, percent, etaSeconds }: RebuildStatus): string {
  if (state === 'held') return 'held';
  return etaSeconds === null ? `${percent}%` : `${percent}%, ${duration(etaSeconds)} to go`;
}
