/**
 * The one place that records the acts of operators. An act that takes effect is recorded in its own transaction: a
 * crash leaves both or neither. An act that is refused or fails changes nothing, so its record has a transaction of
 * its own.
 */
import { Injectable, Logger } from '@nestjs/common';
import { type ErrorKind, EventfoldError } from '../errors.js';
import { MessageContext } from '../event/message-context.js';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import { ActRecord } from './act-record.js';
import type { ActName } from './operation.js';
import { insertOperation } from './operations.sql.js';

/** What an operator does. The parameters go into the log: they must contain no secret. */
export interface RecordedAct {
  act: ActName;
  parameters: Record<string, unknown>;
}

const REFUSALS: ReadonlySet<ErrorKind> = new Set(['invalid', 'not-found', 'refused', 'conflict']);

@Injectable()
export class ActRecorder {
  private readonly logger = new Logger('Operations');

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly context: MessageContext,
  ) {}

  /**
   * Performs an act. `work` records it in its transaction, by `record.done`.
   *
   * @throws what `work` throws, after that is recorded
   */
  async perform<Result>(act: RecordedAct, work: (record: ActRecord) => Promise<Result>): Promise<Result> {
    const record = this.begin(act);
    try {
      return await work(record);
    } catch (error) {
      await this.recordError(act, record, error);
      throw error;
    }
  }

  /** Like `perform`, for an act that yields results. */
  async *yielding<Result>(
    act: RecordedAct,
    work: (record: ActRecord) => AsyncGenerator<Result>,
  ): AsyncGenerator<Result> {
    const record = this.begin(act);
    try {
      yield* work(record);
    } catch (error) {
      await this.recordError(act, record, error);
      throw error;
    }
  }

  /** The actor is that of the running message: of a request, or of a command of the command line. */
  private begin({ act, parameters }: RecordedAct): ActRecord {
    const actor = this.context.running()?.userId ?? null;
    return new ActRecord((manager, outcome, detail) =>
      insertOperation(manager, this.options, { actor, act, parameters, outcome, detail }),
    );
  }

  /** The caller gets the error of the act, also where the database cannot record it. */
  private async recordError({ act }: RecordedAct, record: ActRecord, error: unknown): Promise<void> {
    const { statements } = this.database;
    const { message } = error as Error;
    const isRefusal = error instanceof EventfoldError && REFUSALS.has(error.kind);
    try {
      await (isRefusal ? record.refused(statements, message) : record.failed(statements, message));
    } catch (cause) {
      this.logger.warn(
        `The act "${act}" was not done (${message}), and that could not be recorded: ${(cause as Error).message}`,
      );
    }
  }
}
