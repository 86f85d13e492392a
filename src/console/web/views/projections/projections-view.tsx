import type { Projection } from '../../api/types.js';
import { Badge, toneOf } from '../../design/badge.js';
import { duration, grouped, rounded } from '../../design/figures.js';
import { PageHeader } from '../../design/page-header.js';
import { Empty, Failed, Loading } from '../../design/states.js';
import { overviewProblem, projections } from '../../live/overview.js';
import { to } from '../../router/router.js';

export const ProjectionsView = () => (
  <>
    <PageHeader title="Projections" lead="What has been folded from the log, and how far." />
    <section class="panel">
      <List />
    </section>
  </>
);

function List() {
  const all = projections.value;
  if (all === undefined) {
    return overviewProblem.value ? <Failed problem={overviewProblem.value} /> : <Loading />;
  }
  if (all.length === 0)
    return <Empty title="No projections">No code of this application folds the log.</Empty>;
  return (
    <div class="scroll">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Projection</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Position
            </th>
            <th scope="col" class="number">
              Behind
            </th>
            <th scope="col" class="number">
              Events a second
            </th>
            <th scope="col" class="number">
              Parked keys
            </th>
          </tr>
        </thead>
        <tbody>
          {all.map((projection) => (
            <Line key={projection.name} of={projection} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Line = ({ of }: { of: Projection }) => (
  <tr>
    <td class="name">
      <a href={to('projection', { name: of.name })}>{of.name}</a>
      {of.reason !== null && <p class="small muted break">{of.reason}</p>}
    </td>
    <td>
      <Badge tone={toneOf(of.status)}>{of.status}</Badge>
    </td>
    <td class="number">{grouped(of.position)}</td>
    <td class="number">
      {of.lagEvents === 0 ? '–' : `${grouped(of.lagEvents)} · ${duration(of.lagSeconds)}`}
    </td>
    <td class="number">{rounded(of.rate)}</td>
    <td class="number">
      {of.parkedKeys === 0 ? '–' : <a href={to('parked', { name: of.name })}>{grouped(of.parkedKeys)}</a>}
    </td>
  </tr>
);
