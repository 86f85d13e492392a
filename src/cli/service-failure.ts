import { inspect } from 'node:util';
import { StartRefused } from '../service/config/start-refused.js';
import { isStatementFailure } from '../event-sourcing/for-service.js';
import { EventfoldError, isTransient } from '../event-sourcing/index.js';
import { printable } from './terminal/printable.js';

/** An error of the service below a command: in one line if it is expected, or else with its stack. */
export function describeFailure(error: unknown): string {
  if (error instanceof StartRefused || error instanceof EventfoldError) {
    return `eventfold: ${printable(error.message)}`;
  }
  if (isStatementFailure(error) || isTransient(error)) {
    return `eventfold: the database failed: ${printable((error as Error).message)}`;
  }
  const missing = missingPackage(error);
  if (missing !== undefined) {
    return `eventfold: this command needs the package ${missing}, which is not installed: run "npm install ${missing}".`;
  }
  return inspect(error);
}

/** An application that imports the package may lack some packages of the service. */
function missingPackage(error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' ? /^Cannot find package '([^']+)'/.exec(message)?.[1] : undefined;
}
