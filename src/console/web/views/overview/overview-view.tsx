import type { ComponentChildren } from 'preact';
import type { Overview } from '../../api/types.js';
import { duration, grouped, rounded } from '../../design/figures.js';
import { PageHeader } from '../../design/page-header.js';
import { Failed, Loading } from '../../design/states.js';
import { Time } from '../../design/time.js';
import { hasNoOverview, overview, overviewProblem, projections } from '../../live/overview.js';
import { ProjectionTable } from '../projections/projection-table.js';
import { Charts } from './charts.js';
import { Processes } from './processes.js';
import { Verdict } from './verdict.js';

export const OverviewView = () => (
  <>
    <PageHeader title="Overview" />
    <Body />
  </>
);

function Body() {
  if (hasNoOverview.value) return <WithoutOverview />;
  if (overview.value !== undefined) return <Whole of={overview.value} />;
  return (
    <section class="panel">
      {overviewProblem.value ? <Failed problem={overviewProblem.value} /> : <Loading />}
    </section>
  );
}

const Whole = ({ of: { verdict, log, commands, samples, processes } }: { of: Overview }) => (
  <div class="panels">
    <Verdict of={verdict} />
    <section class="panel" aria-label="Figures">
      <dl class="facts">
        <Fact name="Head of the log" value={log.head === null ? '–' : grouped(log.head)}>
          {log.time !== null && <Time at={log.time} />}
        </Fact>
        <Fact
          name="Events a second"
          value={log.eventsPerSecond === null ? '–' : rounded(log.eventsPerSecond)}
        />
        <Fact name="Commands a second" value={rounded(commands.perSecond)} />
        <Fact name="Command, p50" value={ms(commands.p50Ms)} />
        <Fact name="Command, p99" value={ms(commands.p99Ms)} />
        <Fact name="Conflicts a second" value={rounded(commands.conflictsPerSecond)} />
      </dl>
    </section>
    <Charts samples={samples} />
    <section class="panel">
      <header>
        <h2>Projections</h2>
      </header>
      <ProjectionTable all={projections.value ?? []} />
    </section>
    <Processes of={processes} />
  </div>
);

const Fact = ({ name, value, children }: { name: string; value: string; children?: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      {value} {children && <small>{children}</small>}
    </dd>
  </div>
);

const WithoutOverview = () => (
  <div class="panels">
    <p class="notice">
      This service is of an older version: it has no figures of its log and its processes. Its projections are
      here.
    </p>
    <section class="panel">
      {projections.value === undefined ? <Loading /> : <ProjectionTable all={projections.value} />}
    </section>
  </div>
);

const ms = (value: number | null): string => (value === null ? '–' : duration(value / 1_000));
