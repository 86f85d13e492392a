import type { Statements } from '../postgres/database.js';
import { placesOf } from './single-copy.js';
import type { CheckResult, ProcessFacts, ServerFacts, ExaminedProcess } from './check.js';
import { CHECKS, lookAt, PROCESS_CHECKS } from './checks.js';
import { selectServerFacts } from './server-facts.sql.js';

/** Runs every check with one round trip. @throws the error of PostgreSQL */
export const examine = async (
  statements: Statements,
  examined: ExaminedProcess,
  isNative: boolean,
): Promise<CheckResult[]> => lookAtAll(await selectServerFacts(statements, examined), examined, isNative);

/** @param isNative false when the caller refuses pg-native itself */
export const lookAtAll = (facts: ServerFacts, examined: ExaminedProcess, isNative = false): CheckResult[] =>
  lookAt(CHECKS, { ...facts, examined, process: processFacts(isNative) });

/** Runs only the checks that need no server. */
export const lookAtProcess = (examined: ExaminedProcess): CheckResult[] => {
  const noServer = { settings: {}, answers: {}, user: '', database: '' };
  return lookAt(PROCESS_CHECKS, { ...noServer, examined, process: processFacts(false) });
};

const processFacts = (isNative: boolean): ProcessFacts => ({
  nodeVersion: process.versions.node,
  typeormPlaces: placesOf('typeorm'),
  isNative,
});
