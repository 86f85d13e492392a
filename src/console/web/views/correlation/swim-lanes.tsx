import type { StoredEvent } from '../../api/types.js';
import { grouped, plural } from '../../design/figures.js';
import { Time } from '../../design/time.js';
import { query, setQuery, to } from '../../router/router.js';
import { type Lanes, lanesOf, MOST_LANES, type Placed } from './lanes.js';

/** Sizes of the drawing, in px. A line of the list is as high as a row of the drawing. */
const LANE = 26;
const ROW = 46;
const COLOURS = 6;

/** The lanes are drawn at the left of the list, whose lines say the same in words. */
export function SwimLanes({ of }: { of: readonly StoredEvent[] }) {
  const lanes = lanesOf(of);
  return (
    <>
      <Streams of={lanes} />
      <div class="lanes">
        <Drawing of={lanes} />
        <ol>
          {lanes.placed.map((each) => (
            <Line key={each.event.position} of={each} all={lanes} />
          ))}
        </ol>
      </div>
    </>
  );
}

const Streams = ({ of: { streams } }: { of: Lanes }) => (
  <ul class="chips lane-names" aria-label="Streams">
    {streams.slice(0, MOST_LANES).map((stream, lane) => (
      <li key={stream}>
        <i class={`series-${colourOf(lane)}`} />
        <a class="break" href={to('stream', { id: stream })}>
          <bdi>{stream}</bdi>
        </a>
      </li>
    ))}
    {streams.length > MOST_LANES && (
      <li class="faint">and {plural(streams.length - MOST_LANES, 'more stream')} in the last lane</li>
    )}
  </ul>
);

function Drawing({ of: { streams, placed } }: { of: Lanes }) {
  const count = Math.min(streams.length, MOST_LANES);
  const height = placed.length * ROW;
  return (
    <svg width={count * LANE + 8} height={height} aria-hidden="true">
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0 8 4 0 8z" class="arrow-head" />
        </marker>
      </defs>
      {Array.from({ length: count }, (_, lane) => (
        <line key={lane} class="lane" x1={x(lane)} x2={x(lane)} y1={0} y2={height} />
      ))}
      {placed.map(({ event, cause, ...place }) =>
        cause === undefined ? null : (
          <path key={event.position} class="arrow" d={arrow(cause, place)} marker-end="url(#arrow)" />
        ),
      )}
      {placed.map(({ event, lane, row }) => (
        <circle key={event.position} class={`dot series-${colourOf(lane)}`} cx={x(lane)} cy={y(row)} r={5} />
      ))}
    </svg>
  );
}

function Line({ of: { event, cause }, all }: { of: Placed; all: Lanes }) {
  const { position, type, streamId, version, timestamp } = event;
  const isOpen = query.value.get('event') === String(position);
  return (
    <li class={isOpen ? 'open' : undefined}>
      <button
        type="button"
        class="as-link"
        aria-expanded={isOpen}
        onClick={() => setQuery({ event: isOpen ? undefined : position })}
      >
        <bdi>{type}</bdi>
      </button>
      <span class="small faint">
        {grouped(position)} · <Time at={timestamp} /> · <bdi>{streamId}</bdi> {grouped(version)}
        {cause !== undefined && ` · caused by ${grouped(all.placed[cause.row]!.event.position)}`}
      </span>
    </li>
  );
}

const x = (lane: number): number => lane * LANE + LANE / 2 + 4;
const y = (row: number): number => row * ROW + ROW / 2;
const colourOf = (lane: number): number => (lane % COLOURS) + 1;

interface Place {
  row: number;
  lane: number;
}

/** A curve from the cause to the effect, which ends at the edge of its dot. */
function arrow(cause: Place, effect: Place): string {
  const [x1, y1, x2, y2] = [x(cause.lane), y(cause.row) + 5, x(effect.lane), y(effect.row) - 7];
  const bend = cause.lane === effect.lane && effect.row - cause.row > 1 ? LANE / 2 - 2 : 0;
  const middle = (y1 + y2) / 2;
  return `M${x1} ${y1}C${x1 + bend} ${middle} ${x2 + bend} ${middle} ${x2} ${y2}`;
}
