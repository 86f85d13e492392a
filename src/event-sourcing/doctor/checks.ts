/**
 * The one table of what Eventfold asks of its surroundings. The command `doctor` shows all of it; the start says what
 * is found, a line each, and refuses what it cannot work with. A check is here only if something in Eventfold depends
 * on it: `wal_level` for one is not.
 */
import { type Check, type CheckResult, type Facts, resultOf } from './check.js';
import { PROCESS_CHECKS } from './process-checks.js';
import { SCHEMA_CHECKS } from './schema-checks.js';
import { SERVER_CHECKS } from './server-checks.js';
import { SESSION_CHECKS } from './session-checks.js';

export { PROCESS_CHECKS };

/** In the order in which a person would look: the server, the schema, the session, the process. */
export const CHECKS: readonly Check[] = [
  ...SERVER_CHECKS,
  ...SCHEMA_CHECKS,
  ...SESSION_CHECKS,
  ...PROCESS_CHECKS,
];

export const lookAt = (checks: readonly Check[], facts: Facts): CheckResult[] =>
  checks.map((check) => resultOf(check, check.look(facts)));
