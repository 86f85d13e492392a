import { inspect } from 'node:util';
import { StartRefused } from '../service/config/start-refused.js';
import { isStatementFailure } from '../event-sourcing/for-service.js';
import { EventfoldError, isTransient } from '../event-sourcing/index.js';
import { printable } from './terminal/printable.js';

/** An error of the service below a command: in one line if it is an expected one, else with its stack. */
export function describeFailure(error: unknown): string {
  if (error instanceof StartRefused || error instanceof EventfoldError) {
    return `eventfold: ${printable(error.message)}`;
  }
  if (isStatementFailure(error) || isTransient(error)) {
    return `eventfold: the database failed: ${printable((error as Error).message)}`;
  }
  return inspect(error);
}
