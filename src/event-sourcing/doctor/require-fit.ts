/**
 * The doctor's checks at the start. A warning is one line of the log. A `wrong` finding ends the start, since otherwise
 * it shows hours later and elsewhere: as a projection that stands still, or as an error in a command.
 */
import type { Logger } from '@nestjs/common';
import { EventfoldError } from '../errors.js';
import type { Statements } from '../postgres/database.js';
import { isTransient } from '../postgres/transient-failure.js';
import type { CheckResult, ServerFacts, ExaminedProcess } from './check.js';
import { lookAtAll } from './examine.js';
import { selectServerFacts } from './server-facts.sql.js';

/** The database or the process is not fit for Eventfold. The message has each reason and its remedy, in sentences. */
export class UnfitEnvironmentError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'unfit-environment';

  constructor(readonly findings: readonly string[]) {
    super(`${findings.join('\n')}\nThe command "npx eventfold doctor" has the rest.`);
  }
}

/**
 * The server's answers; undefined when the database is away, since the start waits for it.
 *
 * @throws any other error of PostgreSQL
 */
export function askAtStart(
  statements: Statements,
  examined: ExaminedProcess,
): Promise<ServerFacts | undefined> {
  return selectServerFacts(statements, examined).catch((error: unknown) => {
    if (isTransient(error)) return undefined;
    throw error;
  });
}

/** @throws UnfitEnvironmentError */
export function requireFit(facts: ServerFacts, examined: ExaminedProcess, logger: Logger): void {
  const results = lookAtAll(facts, examined);
  for (const result of results) if (result.status === 'warn') logger.warn(sentence(result));
  const wrong = results.filter(({ status }) => status === 'wrong');
  if (wrong.length > 0) throw new UnfitEnvironmentError(wrong.map(sentence));
}

const sentence = ({ finding, cure }: CheckResult) => `${finding} ${cure}`;
