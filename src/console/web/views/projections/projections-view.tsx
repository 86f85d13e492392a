import { PageHeader } from '../../design/page-header.js';
import { Failed, Loading } from '../../design/states.js';
import { overviewProblem, projections } from '../../live/overview.js';
import { ProjectionTable } from './projection-table.js';

export const ProjectionsView = () => (
  <>
    <PageHeader title="Projections" lead="What has been folded from the log, and how far." />
    <section class="panel">
      <Body />
    </section>
  </>
);

function Body() {
  if (projections.value !== undefined) return <ProjectionTable all={projections.value} />;
  return overviewProblem.value ? <Failed problem={overviewProblem.value} /> : <Loading />;
}
