import { Logger } from '@nestjs/common';
import { CommandFactory } from 'nest-commander';
import { QueryFailedError } from 'typeorm';
import { StartRefused } from '../config/settings.js';
import { EventfoldError, isTransient } from '../event-sourcing/index.js';
import { CliModule } from './cli.module.js';
import { EndedEarly, Ending } from './terminal/exit.js';
import { CommandFailure } from './failure.js';
import { printable } from './terminal/printable.js';

/** Errors whose message says it all. */
const TELLING = [CommandFailure, StartRefused, EventfoldError];

const ending = new Ending();
Logger.overrideLogger(false); // what goes wrong is told once, below

await CommandFactory.run(CliModule.forRoot(ending), {
  logger: false,
  serviceErrorHandler: (error) => {
    process.exitCode = explain(ending.signal.aborted ? ending.signal.reason : error);
  },
});

/** One line for what can happen, a stack for what cannot. Returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof EndedEarly) return error.exitCode;
  if (!(error instanceof Error)) throw error;
  if ('code' in error && String(error.code).startsWith('commander.')) return told(error);
  if (TELLING.some((kind) => error instanceof kind)) tell(error.message);
  else if (error instanceof QueryFailedError || isTransient(error))
    tell(`the database failed: ${error.message}`);
  else console.error(error);
  return error instanceof CommandFailure ? error.exitCode : 1;
}

/** Help that was asked for ends with 0; commander has said the rest already. */
function told(error: Error): number {
  return 'exitCode' in error && error.exitCode === 0 ? 0 : 2;
}

function tell(message: string): void {
  console.error(`eventfold: ${printable(message)}`);
}
