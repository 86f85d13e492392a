import type { Projection } from '../../api/types.js';
import { Badge, toneOf } from '../../design/badge.js';
import { duration, grouped, rounded } from '../../design/figures.js';
import { Empty } from '../../design/states.js';
import { to } from '../../router/router.js';

export function ProjectionTable({ all }: { all: readonly Projection[] }) {
  if (all.length === 0) {
    return <Empty title="No projections">No code of this application folds the log.</Empty>;
  }
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
            <th scope="col">Rebuild</th>
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
      {of.reason !== null && <p class="small muted break reason">{of.reason}</p>}
    </td>
    <td>
      <Badge tone={toneOf(of.status)}>{of.status}</Badge>
    </td>
    <td class="number">{grouped(of.position)}</td>
    <td class="number">{behind(of)}</td>
    <td class="number">{rounded(of.rate)}</td>
    <td class="number">
      {of.parkedKeys === 0 ? '–' : <a href={to('parked', { name: of.name })}>{grouped(of.parkedKeys)}</a>}
    </td>
    <td>
      {of.rebuild === null ? (
        <span class="faint">–</span>
      ) : (
        <a href={to('rebuild', { name: of.name })}>
          {of.rebuild.state}, {Math.floor(of.rebuild.percent)} %
        </a>
      )}
    </td>
  </tr>
);

/** How far a projection is behind the log, in events and in time. */
export const behind = ({ lagEvents, lagSeconds }: Projection): string =>
  lagEvents === 0 ? '–' : `${grouped(lagEvents)} · ${duration(lagSeconds)}`;
