/**
 * The one table of what Eventfold requires from its environment. The command `doctor` shows all checks. The start logs
 * one line for each finding and refuses to run when one is `wrong`. A check is here only if something in Eventfold
 * depends on it: `wal_level`, for one, is not.
 */
import { type Check, type CheckResult, type Facts, resultOf } from './check.js';
import { PROCESS_CHECKS } from './process-checks.js';
import { SCHEMA_CHECKS } from './schema-checks.js';
import { SERVER_CHECKS } from './server-checks.js';
import { SESSION_CHECKS } from './session-checks.js';

export { PROCESS_CHECKS };

/** In the order in which a person would look: server, schema, session, process. */
export const CHECKS: readonly Check[] = [
  ...SERVER_CHECKS,
  ...SCHEMA_CHECKS,
  ...SESSION_CHECKS,
  ...PROCESS_CHECKS,
];

export const lookAt = (checks: readonly Check[], facts: Facts): CheckResult[] =>
  checks.map((check) => resultOf(check, check.look(facts)));
