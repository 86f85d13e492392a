import type { ScanBudget } from '../../log/search/scan-budget.js';
import type { KeyEvents } from './key-events.js';
import type { KeyFold, Step } from './key-fold.js';

/** The most bytes of rows that the steps of one call have, unless a single step has more. */
const STEP_BYTES = 8 * 1024 * 1024;

/** Folds the events of one key in order, as far as a budget lets it. */
export class KeyWalk {
  constructor(
    private readonly events: KeyEvents,
    readonly fold: KeyFold,
    private readonly budget: ScanBudget,
  ) {}

  /** Folds up to a position. @returns whether it came there; else a later walk goes on */
  async leadTo(position: number): Promise<boolean> {
    let hasMoved = false;
    while (this.fold.position < position && !(hasMoved && this.budget.isSpent)) {
      const { events, to } = await this.events.next(this.fold.position, position, this.budget);
      for (const event of events) await this.fold.step(event);
      this.fold.position = to;
      hasMoved = true;
    }
    return this.fold.position >= position;
  }

  /** The next steps, up to a position. There may be none, although the walk has moved on. */
  async steps(upTo: number, limit: number): Promise<Step[]> {
    const steps: Step[] = [];
    let bytes = 0;
    let hasMoved = false;
    while (this.fold.position < upTo && steps.length < limit && !(hasMoved && this.budget.isSpent)) {
      const { events, to } = await this.events.next(
        this.fold.position,
        upTo,
        this.budget,
        limit - steps.length,
      );
      hasMoved = true;
      for (const event of events) {
        const step = await this.fold.step(event);
        steps.push(step);
        bytes += sizeOf(step);
        if (bytes >= STEP_BYTES) return steps;
      }
      this.fold.position = to;
    }
    return steps;
  }
}

const sizeOf = ({ event, changes }: Step): number =>
  changes.reduce(
    (sum, { before, after }) => sum + (before?.length ?? 0) + (after?.length ?? 0),
    JSON.stringify(event.data).length,
  );
