import { resolveOptions } from '../../options/resolve-options.js';
import { optional, wholeNumber } from '../../options/rules.js';
import { MAX_INTEGER } from '../../postgres/integer.js';
import type { AggregateClass } from '../aggregate-root.js';

/** PostgreSQL keeps the revision as an integer: anything else would fail at the first snapshot, hours later. */
const RULES = { snapshotRevision: optional(wholeNumber(0, MAX_INTEGER)) };

/** @throws InvalidOptionsError when the static `snapshotRevision` of the class breaks its rule */
export function requireSnapshotRevision({ name, snapshotRevision }: AggregateClass<any>): void {
  resolveOptions({ snapshotRevision }, RULES, name);
}
