import { Injectable } from '@nestjs/common';
import { COMPARED_TEXT, COUNT, POSITION } from '../log/argument-rules.js';
import { ResolvedOptions } from '../options.js';
import { requireArguments } from '../options/require-arguments.js';
import { callOptions, optional } from '../options/rules.js';
import { Database } from '../postgres/database.js';
import type { Operation } from './operation.js';
import { selectOperations } from './operations.sql.js';

/** Which operations are listed. */
export interface OperationsPage {
  /** The id of the last operation of the previous page. */
  after?: number | undefined;
  /** Default: 50. */
  limit?: number | undefined;
  /** Only the acts on this projection. */
  projection?: string | undefined;
}

const PAGE = {
  page: callOptions({
    after: optional(POSITION),
    limit: optional(COUNT),
    projection: optional(COMPARED_TEXT),
  }),
};

/** The log of operations: who did what, when, with which parameters and outcome. The table only grows. */
@Injectable()
export class OperationsLog {
  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
  ) {}

  /** The latest operations first. */
  list(page: OperationsPage = {}): Promise<Operation[]> {
    requireArguments('OperationsLog.list', { page }, PAGE);
    const { after = Number.MAX_SAFE_INTEGER, limit = 50, projection } = page;
    return selectOperations(this.database.statements, this.options, { after, limit, projection });
  }
}
