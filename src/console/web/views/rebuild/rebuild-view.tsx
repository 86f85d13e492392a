import type { Projection } from '../../api/types.js';
import { PageHeader } from '../../design/page-header.js';
import { Empty } from '../../design/states.js';
import { to } from '../../router/router.js';
import { ActButtons } from '../projection/act-buttons.js';
import { actsOnRebuild, REBUILD } from '../projection/acts.js';
import { KnownProjection } from '../projection/known-projection.js';
import { Comparison } from './comparison.js';
import { RebuildProgress } from './rebuild-progress.js';

const titleOf = (name: string) => `Rebuild of ${name}`;

export const RebuildView = () => (
  <KnownProjection title={titleOf}>{(of) => <Whole of={of} />}</KnownProjection>
);

const Whole = ({ of }: { of: Projection }) => (
  <>
    <PageHeader title={titleOf(of.name)} of={{ text: of.name, href: to('projection', { name: of.name }) }}>
      <ActButtons of={of} acts={of.rebuild === null ? [REBUILD] : actsOnRebuild(of.rebuild.state)} />
    </PageHeader>
    <div class="panels">{of.rebuild === null ? <LastRebuild of={of} /> : <UnderWay of={of.rebuild} />}</div>
  </>
);

const UnderWay = ({ of }: { of: NonNullable<Projection['rebuild']> }) => (
  <>
    <section class="panel">
      <div class="body">
        <RebuildProgress of={of} />
      </div>
    </section>
    {of.report === null ? (
      <section class="panel">
        <Empty title="Nothing is compared yet">Rows are compared as soon as all events are folded.</Empty>
      </section>
    ) : (
      <Comparison of={of.report} />
    )}
  </>
);

const LastRebuild = ({ of: { lastRebuild } }: { of: Projection }) =>
  lastRebuild === null ? (
    <section class="panel">
      <Empty title="No rebuild is under way">None has made these rows, either.</Empty>
    </section>
  ) : (
    <>
      <p class="notice">
        No rebuild is under way. The last one has made these rows: this is what it changed.
      </p>
      <Comparison of={lastRebuild} />
    </>
  );
