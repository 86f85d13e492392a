/**
 * The trending score by forward decay (G. Cormode, V. Shkapenyuk, D. Srivastava, B. Xu: "Forward Decay: A Practical
 * Time Decay Model for Streaming Systems", ICDE 2009).
 *
 * A view of weight w at time t counts `w * 2^(-(now - t) / halfLife)` now. Since `now` is the same for all, it can be
 * taken out: each view adds `w * 2^((t - LANDMARK) / halfLife)` once, and the sum is divided by
 * `2^((now - LANDMARK) / halfLife)` when it is shown. So the order of the chart does not change by time passing, and
 * nothing is ever computed again. The sum outgrows a double within weeks of a short half-life, so its base-2
 * logarithm is kept; minus infinity is the score of nothing.
 */
export class TrendingScore {
  private readonly halfLifeMs: number;

  /** @param halfLifeHours time after which a view counts half. Default of the service: 24. */
  constructor(readonly halfLifeHours: number) {
    this.halfLifeMs = halfLifeHours * 3_600_000;
  }

  /** The logarithm after one more view, of `weight` from 0 to 1, at `time`. A view that is not both counts nothing. */
  add(logarithm: number, weight: number, time: Date): number {
    const view = Math.log2(weight) + this.halfLivesUntil(time);
    return Number.isNaN(view) ? logarithm : addInLog2(logarithm, view);
  }

  /** The score at `now`: always a number. A view that is still to come counts more than 1, up to the largest double. */
  at(now: Date, logarithm: number): number {
    const score = 2 ** (logarithm - this.halfLivesUntil(now));
    return Number.isNaN(score) ? 0 : Math.min(score, Number.MAX_VALUE);
  }

  private halfLivesUntil(time: Date): number {
    return (time.getTime() - LANDMARK) / this.halfLifeMs;
  }
}

/**
 * Any fixed instant would do; one close to the data keeps the most digits. Part of the stored rows: never change it.
 */
const LANDMARK = Date.UTC(2025, 0, 1);

/** log2(2^a + 2^b), without leaving the range of doubles. */
function addInLog2(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === -Infinity ? high : high + Math.log2(1 + 2 ** (low - high));
}
