import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import { Empty } from './states.js';

export interface Series {
  label: string;
  /** One value for each time; null where there is none. */
  values: readonly (number | null)[];
}

export interface ChartProps {
  title: string;
  /** In ms since 1970, ascending. */
  times: readonly number[];
  series: readonly Series[];
  format: (value: number) => string;
}

const HEIGHT = 168;
const COLOURS = 6;

/** Lines over time. The legend shows the newest values, or those under the pointer. */
export function Chart({ title, times, series, format }: ChartProps) {
  const at = useSignal<number | null>(null);
  const index = at.value ?? times.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <ul>
          {series.map(({ label, values }, place) => (
            <li key={label}>
              <i class={`series-${colourOf(place)}`} />
              <span class="muted">{label}</span> <b>{shown(values[index], format)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      {times.length < 2 ? (
        <Empty title="No samples yet">The first line appears in a few seconds.</Empty>
      ) : (
        <Lines times={times} series={series} format={format} onPoint={(point) => (at.value = point)} />
      )}
    </figure>
  );
}

type LinesProps = Omit<ChartProps, 'title'> & { onPoint: (index: number | null) => void };

function Lines({ times, series, format, onPoint }: LinesProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const point = useRef(onPoint);
  point.current = onPoint;
  const names = series.map(({ label }) => label).join('\n');
  const data = [
    times.map((time) => time / 1_000),
    ...series.map(({ values }) => [...values]),
  ] as UPlot.AlignedData;
  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      const options = optionsFor(place.current!, series, format, (index) => point.current(index));
      plot.current = new UPlot(options, data, place.current!);
    };
    draw();
    const stop = whenSurroundingsChange(place.current!, draw, (width) =>
      plot.current?.setSize({ width, height: HEIGHT }),
    );
    return () => {
      stop();
      plot.current?.destroy();
    };
  }, [names]);
  useEffect(() => plot.current?.setData(data), [times, series]);
  return <div class="lines" ref={place} aria-hidden="true" />;
}

/** The canvas has colours of its own: it is drawn anew when the system turns dark or light. */
function whenSurroundingsChange(element: Element, redraw: () => void, resize: (width: number) => void) {
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const observer = new ResizeObserver(([entry]) => resize(Math.floor(entry!.contentRect.width)));
  scheme.addEventListener('change', redraw);
  observer.observe(element);
  return () => {
    scheme.removeEventListener('change', redraw);
    observer.disconnect();
  };
}

function optionsFor(
  element: HTMLElement,
  series: readonly Series[],
  format: (value: number) => string,
  onPoint: (index: number | null) => void,
): UPlot.Options {
  const colour = (name: string) => resolvedColour(element, name);
  const grid = { stroke: colour('--line'), width: 1 };
  const axis = {
    stroke: colour('--text-3'),
    font: '11px system-ui, sans-serif',
    grid,
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 4, 0, 0],
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(most * 1.1, 0.001)] } },
    axes: [
      { ...axis, space: 90, size: 24, values: (_plot, seconds) => seconds.map(clock) },
      { ...axis, size: 56, values: (_plot, values) => values.map(format) },
    ],
    series: [
      {},
      ...series.map((_, place) => ({
        stroke: colour(`--series-${colourOf(place)}`),
        width: 1.5,
        points: { show: false },
      })),
    ],
    hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? null)] },
  };
}

/** A custom property may be `light-dark(...)`, which only a property of a real element resolves. */
function resolvedColour(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}

const hours = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const clock = (seconds: number): string => hours.format(seconds * 1_000);

const colourOf = (place: number): number => (place % COLOURS) + 1;

const shown = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? '–' : format(value);
