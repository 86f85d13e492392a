import { type RehearsedEvent, type BreakageCount, type Diagnosis } from './breakage-count.js';
import { unfoldable } from './diagnosis.js';

/** The row with which the handler got the event. `no need`: the event touches no row. */
export type Basis = 'row' | 'no row' | 'no need';

/** A projection threw, perhaps only because earlier events were not folded. */
export interface UnsureBreakage extends Omit<Diagnosis, 'stage'> {
  type: string;
  schemaVersion: number;
  events: number;
  position: number;
}

interface Failure {
  event: RehearsedEvent;
  basis: Basis;
  diagnosis: Diagnosis;
  events: number;
}

/**
 * Attributes a failure of a handler, without the history of its row, to the event or to the missing history. Many
 * handlers rightly need a row that an earlier event made, and some need a row that is not ahead of the event. Then all
 * events of the type fail alike, and the cause is not known. When other events of the type were folded on the same
 * basis, the event is the cause.
 */
export class FailureAttribution {
  readonly unsure: UnsureBreakage[] = [];
  private readonly folds = new Set<string>();
  private readonly failures = new Map<string, Failure>();

  constructor(
    private readonly breakages: BreakageCount,
    private readonly projection: string,
  ) {}

  folded({ type }: RehearsedEvent, basis: Basis): void {
    this.folds.add(`${basis} ${type}`);
  }

  /** @param basis `row`: the handler failed on the living row, and then without a row as well */
  failed(event: RehearsedEvent, basis: Basis, cause: unknown): void {
    const key = `${basis} ${event.metadata.schemaVersion} ${event.type}`;
    const known = this.failures.get(key);
    if (known !== undefined) known.events++;
    else {
      const diagnosis = unfoldable(event, this.projection, cause);
      this.failures.set(key, { event, basis, diagnosis, events: 1 });
    }
  }

  conclude(): void {
    for (const { event, basis, diagnosis, events } of this.failures.values()) {
      if (this.isCause(event, basis)) this.breakages.broke(event, diagnosis, events);
      else {
        const { by, code, message } = diagnosis;
        const { type, position, metadata } = event;
        const { schemaVersion } = metadata;
        const cure = `Only a rehearsal of all earlier events can tell: --whole, with as many --rows as ${by} has.`;
        this.unsure.push({ type, schemaVersion, events, position, by, code, message, cure });
      }
    }
    this.failures.clear();
  }

  private isCause({ type }: RehearsedEvent, basis: Basis): boolean {
    if (basis === 'no need' || this.folds.has(`no row ${type}`)) return true;
    return basis === 'row' && this.folds.has(`row ${type}`);
  }
}
