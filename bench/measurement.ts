import Table from 'cli-table3';

/** One line of a benchmark: what was done, how fast in each round, and what it is compared with. */
export interface Measurement {
  name: string;
  /** Events per second, one figure a round. */
  rates: number[];
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Medians, spread, and the ratio to the first measurement, which is the yardstick. */
export function toTable(measurements: readonly Measurement[]): string {
  const yardstick = median(measurements[0]!.rates);
  const table = new Table({
    head: ['work', 'median events/s', 'lowest', 'highest', 'ratio'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [] },
  });
  for (const { name, rates } of measurements) {
    const figures = [median(rates), Math.min(...rates), Math.max(...rates)].map((rate) =>
      Math.round(rate).toLocaleString('en'),
    );
    table.push([name, ...figures, (median(rates) / yardstick).toFixed(2)]);
  }
  return table.toString();
}
