/** A range of the log: positions greater than `after`, up to `upTo`. */
export interface PositionRange {
  after: number;
  upTo: number;
  /** How many events of the log each event of the range stands for. */
  weight: number;
}

/** Positions read at one place in the middle: a few pages of the table. */
const BLOCK = 50;

/**
 * The ranges of a sample of `size` events. A quarter of the sample is the beginning of the log, where the history of
 * every row is known. A quarter is the end, which the next commands load. Between them are blocks, one at a random
 * place in each of several equal parts. Positions have no gaps, so a block is a few neighbouring rows, found by the
 * primary key whatever the length of the log.
 */
export function sampleOf(
  { after, upTo }: Omit<PositionRange, 'weight'>,
  size: number,
  random: () => number,
): PositionRange[] {
  if (upTo - after <= size) return upTo > after ? [{ after, upTo, weight: 1 }] : [];
  const quarter = Math.floor(size / 4);
  const middle = { after: after + quarter, upTo: upTo - quarter };
  return [
    { after, upTo: middle.after, weight: 1 },
    ...blocksOf(middle, size - 2 * quarter, random),
    { after: middle.upTo, upTo, weight: 1 },
  ].filter((stretch) => stretch.upTo > stretch.after);
}

function blocksOf(
  { after, upTo }: Omit<PositionRange, 'weight'>,
  size: number,
  random: () => number,
): PositionRange[] {
  const count = Math.max(1, Math.floor(size / BLOCK));
  const length = Math.floor(size / count);
  const weight = (upTo - after) / (count * length);
  return Array.from({ length: count }, (_, index) => {
    const start = after + Math.floor(((upTo - after) * index) / count);
    const end = after + Math.floor(((upTo - after) * (index + 1)) / count);
    const at = start + Math.floor(random() * (end - start - length + 1));
    return { after: at, upTo: at + length, weight };
  });
}

/** Random numbers from 0 to below 1, the same for the same seed. Mulberry32, by Tommy Ettinger. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
