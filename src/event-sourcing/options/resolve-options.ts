/**
 * Options are checked as a whole when the application starts. Otherwise a wrong option shows hours later and elsewhere:
 * appends that never leave, a loop on the database, an error inside a library.
 *
 * An option that is `undefined` has its default, at every depth: `{ lanes: config.lanes }` means the same as `{}` when
 * the configuration has no value.
 */
import { inspect } from 'node:util';
import { EventfoldError } from '../errors.js';
import { closestName } from './closest-name.js';
import { type Group, mayBeLeftOut, type Rule, type Rules } from './rules.js';

/** Options break their rules. The message has a sentence for each one, with its name, its value and the rule. */
export class InvalidOptionsError extends EventfoldError {
  readonly kind = 'invalid';
  readonly code = 'invalid-options';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/**
 * The options with every default filled in.
 *
 * @param owner names the owner of the options in the error. Default: none, for options of the event store.
 * @throws InvalidOptionsError
 */
export function resolveOptions(given: unknown, rules: object, owner?: string): object {
  const faults: string[] = [];
  const all = { rules: rules as Rules, mayBeOff: false };
  const resolved = resolveGroup(given === undefined ? {} : given, all, '', faults);
  if (faults.length === 0) return resolved as object;
  throw new InvalidOptionsError(owner === undefined ? faults : faults.map((fault) => `${owner}: ${fault}`));
}

/**
 * Only requires options to be an object, for those that are checked later.
 *
 * @throws InvalidOptionsError
 */
export function requireOptions(given: unknown, rules: object, owner: string): void {
  if (!isRecord(given)) throw new InvalidOptionsError([`${owner}: ${noGroup('', given, rules, false)}`]);
}

/** The sentences about a group that breaks its rules. */
export function faultsIn(given: object, rules: object): string[] {
  const faults: string[] = [];
  resolveGroup(given, { rules: rules as Rules, mayBeOff: false }, '', faults);
  return faults;
}

function resolveGroup(given: unknown, { rules, mayBeOff }: Group, path: string, faults: string[]): unknown {
  if (given === false && mayBeOff) return false;
  const names = Object.keys(rules);
  if (!isRecord(given)) {
    faults.push(noGroup(path, given, rules, mayBeOff));
    return given;
  }
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  const strange = Object.keys(given).filter((name) => !names.includes(name) && given[name] !== undefined);
  faults.push(...strange.map((name) => unknown(at(name), name, names)));
  const resolved = names.map(
    (name) => [name, resolveOne(given[name], rules[name]!, at(name), faults)] as const,
  );
  // Leaves `undefined` out: it would hide a default where the options are spread over others.
  return Object.fromEntries(resolved.filter(([, value]) => value !== undefined));
}

function resolveOne(value: unknown, rule: Rule | Group, path: string, faults: string[]): unknown {
  if ('rules' in rule) return resolveGroup(value === undefined ? {} : value, rule, path, faults);
  if (value === undefined && mayBeLeftOut(rule)) return rule.byDefault;
  if (!rule.accepts(value))
    faults.push(rule.isSecret?.(value) === true ? hidden(path, value, rule) : broken(path, value, rule.says));
  return value;
}

function noGroup(path: string, given: unknown, rules: object, mayBeOff: boolean): string {
  const rule = `an object with ${Object.keys(rules).join(', ')}`;
  return broken(path || 'The argument', given, mayBeOff ? `false, or ${rule}` : rule);
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The sentence about a value that breaks its rule. */
export const broken = (path: string, value: unknown, rule: string): string =>
  `${path} is ${shown(value)}: it must be ${rule}.`;

/** What is shown of a value that is empty, a number, true, false, null or undefined. */
const WITHOUT_SECRET = /^(\[\]|\{\}|''|[\w.-]+)$/;

/** The same about a value that may have a secret. */
const hidden = (path: string, value: unknown, { says }: Rule): string =>
  WITHOUT_SECRET.test(shown(value))
    ? broken(path, value, says)
    : `${path} is something else: it must be ${says}.`;

const shown = (value: unknown) =>
  inspect(value, { depth: 0, maxStringLength: 100, breakLength: Infinity, compact: true });

function unknown(path: string, name: string, names: readonly string[]): string {
  const closest = closestName(name, names);
  const hint = closest === undefined ? `the options are ${names.join(', ')}.` : `did you mean "${closest}"?`;
  return `${path} is no option: ${hint}`;
}
