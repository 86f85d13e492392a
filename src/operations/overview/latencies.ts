/**
 * Durations of one interval, as counts in buckets that grow by a twelfth of an octave: a percentile is right within
 * 3 %, from 10 us to 100 s, whatever the number of durations.
 */
export class Latencies {
  private static readonly PER_OCTAVE = 12;
  private static readonly SHORTEST_MS = 0.01;
  private static readonly BUCKETS = 24 * Latencies.PER_OCTAVE;

  private readonly counts = new Uint32Array(Latencies.BUCKETS);
  private total = 0;

  get count(): number {
    return this.total;
  }

  add(seconds: number): void {
    const octaves = Math.log2((seconds * 1_000) / Latencies.SHORTEST_MS);
    const bucket = Math.min(Math.max(Math.round(octaves * Latencies.PER_OCTAVE), 0), Latencies.BUCKETS - 1);
    this.counts[bucket]!++;
    this.total++;
  }

  /** The duration, in ms, that this share of them did not exceed; null without any. */
  quantileMs(share: number): number | null {
    if (this.total === 0) return null;
    let left = Math.ceil(share * this.total);
    const bucket = this.counts.findIndex((count) => (left -= count) <= 0);
    const ms = Latencies.SHORTEST_MS * 2 ** (bucket / Latencies.PER_OCTAVE);
    return Number(ms.toPrecision(3));
  }

  clear(): void {
    this.counts.fill(0);
    this.total = 0;
  }
}
