import type { Statements } from '../postgres/database.js';
import { placesOf } from '../single-copy.js';
import type { CheckResult, ProcessFacts, ServerFacts, Subject } from './check.js';
import { CHECKS, lookAt, PROCESS_CHECKS } from './checks.js';
import { selectServerFacts } from './server-facts.sql.js';

/** Does every check of the table, by one round trip. @throws what PostgreSQL says */
export const examine = async (
  statements: Statements,
  subject: Subject,
  isNative: boolean,
): Promise<CheckResult[]> => lookAtAll(await selectServerFacts(statements, subject), subject, isNative);

/** @param isNative false where pg-native is refused by itself */
export const lookAtAll = (facts: ServerFacts, subject: Subject, isNative = false): CheckResult[] =>
  lookAt(CHECKS, { ...facts, subject, process: processFacts(isNative) });

/** Those checks alone that need no server. */
export const lookAtProcess = (subject: Subject): CheckResult[] => {
  const noServer = { settings: {}, answers: {}, user: '', database: '' };
  return lookAt(PROCESS_CHECKS, { ...noServer, subject, process: processFacts(false) });
};

const processFacts = (isNative: boolean): ProcessFacts => ({
  nodeVersion: process.versions.node,
  typeormPlaces: placesOf('typeorm'),
  isNative,
});
