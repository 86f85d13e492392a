import type { PartContext, Part } from '../part.js';
import { inTurn, measure } from '../measure.js';
import type { Measurement } from '../figures.js';
import { type Contender, newStream, watchedEvents } from '../stores/contender.js';
import { withAllStores } from '../stores/open-all.js';

const LENGTHS = [100, 1_000] as const;
const STREAMS = 20;
/** Events in one append. */
const CHUNK = 50;
const CLIENTS = 8;
/** The reads of the yardstick of the appends. */
const YARDSTICK = 'select * through pg';

const workOf = (length: number) => `stream of ${length.toLocaleString('en')} events, ${CLIENTS} clients`;

export const reads: Part = {
  name: 'reads',
  about: 'reading whole streams, parsed; the yardstick is `select *` through pg',
  needsPeers: true,
  run: (context) => withAllStores(context.url, (contenders) => readAll(context, contenders)),
  claims: LENGTHS.map((length) => ({
    work: workOf(length),
    of: 'eventfold',
    against: YARDSTICK,
    figure: 'rate',
    atLeast: 1.1,
  })),
};

async function readAll(context: PartContext, contenders: readonly Contender[]): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const length of LENGTHS) {
    const streams = Array.from({ length: STREAMS }, newStream);
    for (const contender of contenders) {
      context.progress.tell(`${contender.name}: writing ${STREAMS} streams of ${length}`);
      await Promise.all(streams.map((streamId) => fill(context, contender, streamId, length)));
    }
    const rounds = contenders.map(
      (contender, index) =>
        [index === 0 ? YARDSTICK : contender.name, reading(context, contender, streams, length)] as const,
    );
    const work = { work: workOf(length), unit: 'streams/s' };
    measurements.push(...(await inTurn(context, work, Object.fromEntries(rounds))));
  }
  return measurements;
}

async function fill(
  { stop }: PartContext,
  contender: Contender,
  streamId: string,
  length: number,
): Promise<void> {
  for (let version = 0; version < length; version += CHUNK) {
    stop.throwIfAborted();
    await contender.append(streamId, version, watchedEvents(CHUNK));
  }
}

function reading(context: PartContext, contender: Contender, streams: readonly string[], length: number) {
  let next = 0;
  const readNext = async () => {
    const events = await contender.read(streams[next++ % streams.length]!);
    if (events.length !== length)
      throw new Error(`${contender.name} read ${events.length} of ${length} events`);
  };
  return () => measure(context, { clients: CLIENTS }, readNext);
}
