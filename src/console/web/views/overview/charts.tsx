import type { Sample } from '../../api/types.js';
import { Chart } from '../../design/chart.js';
import { duration, rounded } from '../../design/figures.js';

/** The last 15 minutes, and on. */
export function Charts({ samples }: { samples: readonly Sample[] }) {
  const times = samples.map(({ at }) => Date.parse(at));
  const of = (value: (sample: Sample) => number | null) => samples.map(value);
  const names = [...new Set(samples.flatMap(({ lagSeconds }) => Object.keys(lagSeconds)))].toSorted();
  return (
    <div class="charts">
      <Chart
        title="Rates, a second"
        times={times}
        format={rounded}
        series={[
          { label: 'events', values: of(({ eventsPerSecond }) => eventsPerSecond) },
          { label: 'commands', values: of(({ commandsPerSecond }) => commandsPerSecond) },
          { label: 'conflicts', values: of(({ conflictsPerSecond }) => conflictsPerSecond) },
        ]}
      />
      <Chart
        title="Duration of a command"
        times={times}
        format={(ms) => duration(ms / 1_000)}
        series={[
          { label: 'p50', values: of(({ p50Ms }) => p50Ms) },
          { label: 'p99', values: of(({ p99Ms }) => p99Ms) },
        ]}
      />
      <Chart
        title="Projections behind the log"
        times={times}
        format={duration}
        series={names.map((name) => ({
          label: name,
          values: of(({ lagSeconds }) => lagSeconds[name] ?? null),
        }))}
      />
    </div>
  );
}
