import type { Statements } from '../../postgres/database.js';
import { sqlStateOf } from '../../postgres/sql-state.js';
import { limitStatements } from '../../postgres/time-limits.js';

const QUERY_CANCELED = '57014';

/** The living rows stood still for as long as allowed. Nothing was changed. */
export class StandstillTooLong extends Error {
  constructor(ms: number) {
    super(`The living rows would have stood still for more than ${ms} ms`);
  }
}

/** Limits how long the living rows stand still. */
export class Standstill {
  private readonly startedAt = performance.now();

  constructor(
    private readonly manager: Statements,
    private readonly standstillMs: number,
  ) {}

  async within<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.standstillMs < Infinity) await limitStatements(this.manager, this.standstillMs);
    try {
      return await work();
    } catch (error) {
      throw sqlStateOf(error) === QUERY_CANCELED ? new StandstillTooLong(this.standstillMs) : error;
    }
  }

  /** @throws StandstillTooLong */
  check(): void {
    if (performance.now() - this.startedAt > this.standstillMs)
      throw new StandstillTooLong(this.standstillMs);
  }
}
