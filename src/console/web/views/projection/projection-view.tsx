import { useSignal } from '@preact/signals';
import type { Projection } from '../../api/types.js';
import { Badge, toneOf } from '../../design/badge.js';
import { Button } from '../../design/button.js';
import { Chart } from '../../design/chart.js';
import { duration, grouped, rounded } from '../../design/figures.js';
import { PageHeader } from '../../design/page-header.js';
import { overview } from '../../live/overview.js';
import { navigate, to } from '../../router/router.js';
import { behind } from '../projections/projection-table.js';
import { RebuildProgress } from '../rebuild/rebuild-progress.js';
import { ActButtons } from './act-buttons.js';
import { actsOn } from './acts.js';
import { KnownProjection } from './known-projection.js';
import { PastRebuilds } from './past-rebuilds.js';

export const ProjectionView = () => (
  <KnownProjection title={(name) => name}>{(of) => <Whole of={of} />}</KnownProjection>
);

function Whole({ of }: { of: Projection }) {
  const { name, rebuild } = of;
  return (
    <>
      <PageHeader title={name} of={{ text: 'Projections', href: to('projections') }}>
        <ActButtons of={of} acts={actsOn(of)} />
      </PageHeader>
      <div class="panels">
        <Status of={of} />
        {rebuild !== null && (
          <section class="panel">
            <header>
              <h2>Rebuild under way</h2>
              <a href={to('rebuild', { name })}>Progress and comparison</a>
            </header>
            <div class="body">
              <RebuildProgress of={rebuild} />
            </div>
          </section>
        )}
        <Lag name={name} />
        <FindRow name={name} />
        <PastRebuilds of={of} />
      </div>
    </>
  );
}

const Status = ({ of }: { of: Projection }) => (
  <section class="panel" aria-label="Status">
    <header class="status-line">
      <Badge tone={toneOf(of.status)}>{of.status}</Badge>
      {of.reason !== null && <span class="break">{of.reason}</span>}
    </header>
    <dl class="facts">
      <Fact name="Position" value={grouped(of.position)} />
      <Fact name="Head of the log" value={grouped(of.logPosition)} />
      <Fact name="Behind" value={behind(of)} />
      <Fact name="Events a second" value={rounded(of.rate)} />
      <Fact name="Caught up in" value={of.etaSeconds === null ? '–' : duration(of.etaSeconds)} />
      <Fact name="Partitions" value={grouped(of.partitions)} />
      <Fact name="Revision" value={of.revision} />
      <div>
        <dt>Parked keys</dt>
        <dd>
          {of.parkedKeys === 0 ? '–' : <a href={to('parked', { name: of.name })}>{grouped(of.parkedKeys)}</a>}
        </dd>
      </div>
    </dl>
  </section>
);

const Fact = ({ name, value }: { name: string; value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

function Lag({ name }: { name: string }) {
  const samples = overview.value?.samples;
  if (samples === undefined) return null;
  return (
    <Chart
      title="Behind the log"
      times={samples.map(({ at }) => Date.parse(at))}
      format={duration}
      series={[{ label: name, values: samples.map(({ lagSeconds }) => lagSeconds[name] ?? null) }]}
    />
  );
}

/** The key of a row leads to why the row is as it is. */
function FindRow({ name }: { name: string }) {
  const key = useSignal('');
  return (
    <section class="panel">
      <header>
        <h2>Explain a row</h2>
      </header>
      <form
        class="body inline"
        onSubmit={(event) => {
          event.preventDefault();
          if (key.value.trim() !== '') navigate(to('row', { projection: name, key: key.value.trim() }));
        }}
      >
        <input
          class="input"
          aria-label="Key of the row"
          placeholder="Key of the row"
          value={key}
          onInput={({ currentTarget }) => (key.value = currentTarget.value)}
        />
        <Button type="submit">Why is it so?</Button>
      </form>
    </section>
  );
}
