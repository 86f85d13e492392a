/**
 * The trending score by forward decay (G. Cormode, V. Shkapenyuk, D. Srivastava, B. Xu: "Forward Decay: A Practical
 * Time Decay Model for Streaming Systems", ICDE 2009).
 *
 * A view of weight w at time t counts `w * 2^(-(now - t) / halfLife)` now. All views share `now`, so it is taken out of
 * the sum: each view adds `w * 2^((t - LANDMARK) / halfLife)` once, and a query divides the sum by
 * `2^((now - LANDMARK) / halfLife)`. So the passing of time does not change the order of the chart, and no score is
 * computed again. With a short half-life the sum outgrows a double within weeks. So the row keeps its base-2 logarithm;
 * minus infinity stands for a content without views.
 */
export class TrendingScore {
  private readonly halfLifeMs: number;

  /** @param halfLifeHours time after which a view counts half. Default of the service: 24. */
  constructor(readonly halfLifeHours: number) {
    this.halfLifeMs = halfLifeHours * 3_600_000;
  }

  /**
   * The logarithm after one more view, of `weight` from 0 to 1, at `time`. A view without a valid weight or time does
   * not count.
   */
  add(logarithm: number, weight: number, time: Date): number {
    const view = Math.log2(weight) + this.halfLivesUntil(time);
    return Number.isNaN(view) ? logarithm : addInLog2(logarithm, view);
  }

  /** The score at `now`, always a number. A view in the future counts more than 1, up to the largest double. */
  at(now: Date, logarithm: number): number {
    const score = 2 ** (logarithm - this.halfLivesUntil(now));
    return Number.isNaN(score) ? 0 : Math.min(score, Number.MAX_VALUE);
  }

  private halfLivesUntil(time: Date): number {
    return (time.getTime() - LANDMARK) / this.halfLifeMs;
  }
}

/**
 * Any fixed instant would do; an instant close to the data keeps the most digits. The stored rows depend on it, so it
 * must never change.
 */
const LANDMARK = Date.UTC(2025, 0, 1);

/** log2(2^a + 2^b), within the range of doubles. */
function addInLog2(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === -Infinity ? high : high + Math.log2(1 + 2 ** (low - high));
}
