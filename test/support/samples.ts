/** The samples of a scrape, or their growth: numbers by name and labels, as in the text format of Prometheus. */
export class Samples {
  constructor(private readonly values: ReadonlyMap<string, number>) {}

  /** The sum of the samples with this name and, among others, these labels; 0 when there are none. */
  of(name: string, labels: Record<string, string> = {}): number {
    let sum = 0;
    for (const [sample, value] of this.values) {
      const isMeant = sample === name || sample.startsWith(`${name}{`);
      const has = ([label, wanted]: [string, string]) => labelsOf(sample)[label] === wanted;
      if (isMeant && Object.entries(labels).every(has)) sum += value;
    }
    return sum;
  }

  /** Names with their labels, as in the text. */
  names(): string[] {
    return [...this.values.keys()];
  }

  since(before: Samples): Samples {
    const grown = ([name, value]: [string, number]) =>
      [name, value - (before.values.get(name) ?? 0)] as const;
    return new Samples(new Map([...this.values].map(grown)));
  }
}

export function samplesOf(text: string): Samples {
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(
      (line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))] as const,
    );
  return new Samples(new Map(samples));
}

/** @param sample a name with its labels */
export function labelsOf(sample: string): Record<string, string> {
  return Object.fromEntries(
    [...sample.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name!, value!]),
  );
}
