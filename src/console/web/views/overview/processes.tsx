import type { ServiceProcess } from '../../api/types.js';
import { Badge, toneOf } from '../../design/badge.js';
import { Scroll } from '../../design/scroll.js';
import { Empty } from '../../design/states.js';
import { Time } from '../../design/time.js';

/** The processes that have this event store, and what each of them folds. */
export const Processes = ({ of }: { of: readonly ServiceProcess[] }) => (
  <section class="panel">
    <header>
      <h2>Processes</h2>
    </header>
    {of.length === 0 ? (
      <Empty title="No process has said that it is there">They say so every few seconds.</Empty>
    ) : (
      <Scroll label="Processes">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">State</th>
              <th scope="col">Build</th>
              <th scope="col">Since</th>
              <th scope="col">Last seen</th>
              <th scope="col">Folds</th>
            </tr>
          </thead>
          <tbody>
            {of.map((each) => (
              <Line key={each.id} of={each} />
            ))}
          </tbody>
        </table>
      </Scroll>
    )}
  </section>
);

const Line = ({ of: { id, name, build, startedAt, seenAt, isAnswering, folds } }: { of: ServiceProcess }) => (
  <tr>
    <td class="name break" title={id}>
      {name}
    </td>
    <td>
      <Badge tone={isAnswering ? 'well' : 'alarm'}>{isAnswering ? 'answering' : 'silent'}</Badge>
    </td>
    <td class="mono break">{build}</td>
    <td>
      <Time at={startedAt} />
    </td>
    <td>
      <Time at={seenAt} />
    </td>
    <td>
      {folds.length === 0 && <span class="faint">nothing</span>}
      <ul class="chips">
        {folds.map(({ projection, revision, status }) => (
          <li key={projection}>
            <Badge tone={toneOf(status)} title={`revision ${revision}, ${status}`}>
              {projection}
            </Badge>
          </li>
        ))}
      </ul>
    </td>
  </tr>
);
