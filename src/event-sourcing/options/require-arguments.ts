/**
 * The arguments of a public method are checked by the rules of options, before the method does anything. A wrong one
 * would otherwise reach PostgreSQL and come back as its error, loop for ever (pages of 0 events), or be believed: to
 * wait for the position NaN is to wait for nothing.
 */
import { EventfoldError } from '../errors.js';
import { faultsIn, isRecord } from './resolve-options.js';
import { type Group, mayBeLeftOut, type Rule, type Rules } from './rules.js';

/** A method was called with an argument that breaks its rule. The message has a sentence for each such argument. */
export class InvalidArgumentError extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'invalid-argument';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/**
 * Only looks for a fault, and makes its sentence afterwards: each append and load calls it. It takes 0.2 to 0.6 us.
 *
 * @param method as it is called, such as `EventStore.readStream`
 * @throws InvalidArgumentError naming the method, each wrong argument, its value and its rule
 */
export function requireArguments(method: string, given: object, rules: Rules): void {
  if (keepsAll(given as Record<string, unknown>, rules)) return;
  throw new InvalidArgumentError(faultsIn(given, rules).map((fault) => `${method}: ${fault}`));
}

function keepsAll(given: Record<string, unknown>, rules: Rules): boolean {
  for (const name in given) if (given[name] !== undefined && !Object.hasOwn(rules, name)) return false;
  for (const name in rules) if (!keeps(given[name], rules[name]!)) return false;
  return true;
}

const NO_OPTIONS = {};

const keepsGroup = (value: unknown, { rules }: Group) => isRecord(value) && keepsAll(value, rules);

function keeps(value: unknown, rule: Rule | Group): boolean {
  if ('rules' in rule) return keepsGroup(value === undefined ? NO_OPTIONS : value, rule);
  return value === undefined ? mayBeLeftOut(rule) : rule.accepts(value);
}
