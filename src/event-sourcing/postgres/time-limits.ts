import type { Statements } from './database.js';

/**
 * Ends the limits of a transaction's time that a role, a database or a managed server sets, for the rest of it: a
 * handler may take long, and what a limit cuts off at the same place each time would be done again for ever.
 * `transaction_timeout` is known from PostgreSQL 17 on.
 */
export const AS_LONG_AS_IT_TAKES = `
  set_config('idle_in_transaction_session_timeout', '0', true),
  case when current_setting('transaction_timeout', true) is not null
       then set_config('transaction_timeout', '0', true) end`;

/** The same, and its statements may take long as well: maintenance of whole tables. */
export const WITHOUT_TIME_LIMITS = `set_config('statement_timeout', '0', true), ${AS_LONG_AS_IT_TAKES}`;

/** From here on, until the transaction ends, a lock is waited for so long, in ms. */
export const waitForLocksAtMost = (manager: Statements, ms: number): Promise<unknown> =>
  manager.query(`select set_config('lock_timeout', $1, true)`, [`${Math.ceil(ms)}ms`]);

/** From here on, until the transaction ends, a statement may take so long, in ms; 0: as long as it likes. */
export const limitStatements = (manager: Statements, ms: number): Promise<unknown> =>
  manager.query(`select set_config('statement_timeout', $1, true)`, [`${Math.ceil(ms)}ms`]);
