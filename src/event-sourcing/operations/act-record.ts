import type { Statements } from '../postgres/database.js';
import { storableText } from '../event/storable-value.js';
import type { OperationOutcome } from './operation.js';

/** The longest text about an outcome, in characters. */
const DETAIL = 2_000;

/** Writes the outcome of one act into the log of operations. */
export type WriteOutcome = (
  manager: Statements,
  outcome: OperationOutcome,
  detail: string | null,
) => Promise<void>;

/**
 * The record of an act under way. The act writes it in its own transaction, so that both commit or neither does. An act
 * of several transactions is recorded with the first one. A failure after that is recorded as well.
 */
export class ActRecord {
  private isDone = false;

  constructor(private readonly writeOutcome: WriteOutcome) {}

  /** The act takes effect with this transaction. Later transactions of the act are not recorded. */
  async done(manager: Statements, detail?: string): Promise<void> {
    if (this.isDone) return;
    await this.write(manager, 'done', detail);
    this.isDone = true;
  }

  /** The act has not achieved what it was for. */
  failed(manager: Statements, detail: string): Promise<void> {
    return this.write(manager, 'failed', detail);
  }

  refused(manager: Statements, detail: string): Promise<void> {
    return this.write(manager, 'refused', detail);
  }

  private write(manager: Statements, outcome: OperationOutcome, detail?: string): Promise<void> {
    return this.writeOutcome(manager, outcome, detail === undefined ? null : storableText(detail, DETAIL));
  }
}
