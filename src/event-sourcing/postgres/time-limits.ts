import type { Statements } from './database.js';

/**
 * Lifts the time limits that a role, a database or a managed server sets, until the transaction ends. A handler may
 * take long, and a limit would cut off the same work at the same place each time, for ever. `transaction_timeout`
 * exists from PostgreSQL 17 on.
 */
export const AS_LONG_AS_IT_TAKES = `
  set_config('idle_in_transaction_session_timeout', '0', true),
  case when current_setting('transaction_timeout', true) is not null
       then set_config('transaction_timeout', '0', true) end`;

/** The same, and no limit for a statement either: for maintenance of whole tables. */
export const WITHOUT_TIME_LIMITS = `set_config('statement_timeout', '0', true), ${AS_LONG_AS_IT_TAKES}`;

/** Limits how long a statement waits for a lock, in ms, until the transaction ends. */
export const waitForLocksAtMost = (manager: Statements, ms: number): Promise<unknown> =>
  manager.query(`select set_config('lock_timeout', $1, true)`, [`${Math.ceil(ms)}ms`]);

/** Limits how long a statement may take, in ms, until the transaction ends; 0 means no limit. */
export const limitStatements = (manager: Statements, ms: number): Promise<unknown> =>
  manager.query(`select set_config('statement_timeout', $1, true)`, [`${Math.ceil(ms)}ms`]);
