import type { Verdict } from './service-client.js';
import type { ViewingEvent } from './viewing-load.js';

const numbers = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return numbers.format(value);
}

/** The answers of the service so far. Requests under way are not counted. */
export class LoadCounts {
  readonly started = performance.now();
  films = 0;
  users = 0;
  commands = 0;
  alreadyThere = 0;
  viewingSeconds = 0;
  readonly verdicts = { appended: 0, duplicate: 0, invalid: 0 };
  firstInvalid: { event: ViewingEvent; errors: unknown } | undefined;
  /** The number of views sent by each user. */
  readonly views = new Map<string, number>();

  noteCommand(outcome: 'done' | 'already-there'): void {
    this.commands += 1;
    if (outcome === 'already-there') this.alreadyThere += 1;
  }

  noteVerdicts(events: readonly ViewingEvent[], verdicts: readonly Verdict[]): void {
    verdicts.forEach(({ verdict, errors }, index) => {
      this.verdicts[verdict] += 1;
      const event = events[index];
      if (event === undefined) return;
      if (verdict === 'invalid') this.firstInvalid ??= { event, errors };
      if (event.type === 'content.watched')
        this.views.set(event.userId, (this.views.get(event.userId) ?? 0) + 1);
    });
  }

  get events(): number {
    return this.verdicts.appended + this.verdicts.duplicate + this.verdicts.invalid;
  }

  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  mostActive(howMany: number): string[] {
    return [...this.views]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, howMany)
      .map(([userId]) => userId);
  }

  verdictSentence(): string {
    const { appended, duplicate, invalid } = this.verdicts;
    return `${count(appended)} appended, ${count(duplicate)} duplicate, ${count(invalid)} invalid`;
  }

  sentSentence(): string {
    return (
      `Sent in ${this.seconds.toFixed(1)} s: ${count(this.films)} films, ${count(this.users)} users, ` +
      `${count(this.events)} viewing events (${this.verdictSentence()}).`
    );
  }
}
