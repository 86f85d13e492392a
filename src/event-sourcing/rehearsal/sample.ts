/** A part of the log: the positions after one, up to another. */
export interface PositionRange {
  after: number;
  upTo: number;
  /** How many events of the log each of its events stands for. */
  weight: number;
}

/** Positions that are read at one place in the middle: a few pages of the table. */
const BLOCK = 50;

/**
 * What is read of a log of which `size` events are to be: the first quarter of them where it begins, since there the
 * history of every row is known; the last quarter where it ends, since that is what the next commands load; and between
 * them blocks, one at a random place in each of as many equal parts. Positions have no gaps, so that each block is
 * a few rows next to each other, found by the primary key, whatever the length of the log.
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

/** Numbers from 0 to below 1, the same for the same seed. Mulberry32, by Tommy Ettinger. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
