import { sqlStateOf } from './sql-state.js';

const SERIALIZATION_FAILURE = '40001';
/** Each try sees what the one before has met. */
const TRIES = 10;

/**
 * Runs a statement of its own transaction again when it has met a row that another transaction has just stored. This is
 * an error where the database begins transactions as `repeatable read` or `serializable`, also for `on conflict do
 * nothing`.
 */
export async function againAfterConflict<Result>(statement: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await statement();
    } catch (error) {
      if (sqlStateOf(error) !== SERIALIZATION_FAILURE || tries === TRIES) throw error;
    }
  }
}
