import { createHash } from 'node:crypto';
import { v5 as uuidOfName } from 'uuid';

/**
 * A repeatable source of chance: mulberry32 (Tommy Ettinger's 32-bit generator, public domain), started from a name.
 * Every user and every kind of decision draws from a source of its own, with the seed in its name. So more users or
 * more events never change the existing ones. Not for secrets.
 */
export class Random {
  private state: number;

  constructor(name: string) {
    this.state = createHash('sha1').update(name).digest().readUInt32LE(0);
  }

  /** A number in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number, both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from.');
    return item;
  }

  /** About normal, with mean 0 and deviation 1: the sum of three even draws, which never exceeds 3. */
  normal(): number {
    return (this.next() + this.next() + this.next() - 1.5) * 2;
  }
}

/** Items drawn in proportion to their weights, by binary search in the running total: O(log n) a draw. */
export class WeightedTable<Item> {
  private readonly runningTotal: Float64Array;

  constructor(
    private readonly items: readonly Item[],
    weightOf: (item: Item) => number,
  ) {
    let total = 0;
    this.runningTotal = Float64Array.from(items, (item) => (total += weightOf(item)));
  }

  draw(random: Random): Item {
    const target = random.next() * (this.runningTotal.at(-1) ?? 0);
    let low = 0;
    let high = this.items.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.runningTotal[middle] ?? 0) > target) high = middle;
      else low = middle + 1;
    }
    const item = this.items[low];
    if (item === undefined) throw new Error('There is nothing to draw from.');
    return item;
  }
}

const SIMULATION = '3f0b6a52-6c0e-4a55-9d3f-5b1f1d0c7a10';

/** UUIDs (version 5) from the seed and a name: the same in every run. */
export function idsOf(seed: number): (name: string) => string {
  const ofSeed = uuidOfName(`seed/${seed}`, SIMULATION);
  return (name) => uuidOfName(name, ofSeed);
}
