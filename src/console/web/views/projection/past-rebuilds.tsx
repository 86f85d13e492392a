import { get, path } from '../../api/client.js';
import { useResource } from '../../api/resource.js';
import type { Page, PastRebuild, Projection } from '../../api/types.js';
import { Badge, type Tone } from '../../design/badge.js';
import { duration, grouped } from '../../design/figures.js';
import { Scroll } from '../../design/scroll.js';
import { Empty, Shown } from '../../design/states.js';
import { Time } from '../../design/time.js';
import { to } from '../../router/router.js';
import { differencesIn } from '../rebuild/differences.js';

const TONES: Record<PastRebuild['outcome'], Tone> = {
  exchanged: 'well',
  cancelled: 'idle',
  outdated: 'warning',
};
const SHOWN = 20;

/** The rebuilds of a projection, newest first. */
export function PastRebuilds({ of: { name, rebuild, lastRebuild } }: { of: Projection }) {
  const ended = `${rebuild === null} ${lastRebuild?.comparedAt}`; // a rebuild that ends adds a line
  const { loaded, reload } = useResource(
    (signal) =>
      get<Page<PastRebuild>>(path`projections/${name}/rebuilds`, { query: { limit: SHOWN }, signal }),
    [name, ended],
  );
  return (
    <section class="panel">
      <header>
        <h2>Rebuilds</h2>
        {lastRebuild !== null && <a href={to('rebuild', { name })}>Comparison of the last one</a>}
      </header>
      <Shown of={loaded.value} onRetry={reload}>
        {({ items }) => <List of={items} />}
      </Shown>
    </section>
  );
}

function List({ of }: { of: readonly PastRebuild[] }) {
  if (of.length === 0) return <Empty title="It has never been rebuilt" />;
  return (
    <Scroll label="Rebuilds">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Begun</th>
            <th scope="col">Took</th>
            <th scope="col">Outcome</th>
            <th scope="col">By</th>
            <th scope="col">Reason</th>
            <th scope="col">Revision</th>
            <th scope="col" class="number">
              Rows that differed
            </th>
          </tr>
        </thead>
        <tbody>
          {of.map((each) => (
            <Line key={each.id} of={each} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const Line = ({ of: { startedAt, endedAt, outcome, by, reason, revision, report } }: { of: PastRebuild }) => (
  <tr>
    <td>
      <Time at={startedAt} />
    </td>
    <td>{duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000)}</td>
    <td>
      <Badge tone={TONES[outcome] ?? 'idle'}>{outcome}</Badge>
    </td>
    <td class="break">{by ?? <span class="faint">–</span>}</td>
    <td class="break">{reason ?? <span class="faint">–</span>}</td>
    <td class="mono">{revision ?? <span class="faint">–</span>}</td>
    <td class="number">{report === null ? '–' : grouped(differencesIn(report))}</td>
  </tr>
);
