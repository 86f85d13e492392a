import type { KeysElsewhere, KeyVault, MasterKey, PrivacyOptions } from './event-sourcing-options.js';
import { InvalidOptionsError, isRecord } from './resolve-options.js';
import { type Group, NON_EMPTY_TEXT, optional, type Rule } from './rules.js';

const MAX_INTEGER = 2 ** 31 - 1;
/** The length of every key, in bytes. */
export const KEY_BYTES = 32;

const MASTER_KEYS: Rule<NonNullable<PrivacyOptions['masterKeys']>> = {
  isOptional: true,
  isSecret: () => true,
  says:
    `'kept-in-database', or an array of { number, key } with numbers from 1 on, each once, and keys of ` +
    `${KEY_BYTES} bytes`,
  accepts: (value) => value === 'kept-in-database' || (Array.isArray(value) && areMasterKeys(value)),
};

const VAULT: Rule<KeyVault> = {
  isOptional: true,
  isSecret: () => true,
  says: 'an object with the methods wrap and unwrap',
  accepts: (value) =>
    isRecord(value) && typeof value.wrap === 'function' && typeof value.unwrap === 'function',
};

const KEYS: Rule<KeysElsewhere> = {
  isOptional: true,
  isSecret: () => true,
  says: "an object with the url of a database, postgres://..., and the schema of the log, if that is not 'eventfold'",
  accepts: (value) =>
    isRecord(value) &&
    typeof value.url === 'string' &&
    /^postgres(ql)?:\/\//.test(value.url) &&
    (value.schema === undefined || NON_EMPTY_TEXT.accepts(value.schema)),
};

export const PRIVACY_RULES: Group = {
  rules: { masterKeys: MASTER_KEYS, vault: VAULT, ledger: optional(NON_EMPTY_TEXT), keys: KEYS },
  mayBeOff: false,
};

/** @throws InvalidOptionsError */
export function requireKeysHere({ keys }: PrivacyOptions): void {
  if (keys === undefined) return;
  throw new InvalidOptionsError([
    'privacy.keys is given, and the log is in the database of the data source: the keys of persons are there, too. It ' +
      'is for a process whose log is elsewhere.',
  ]);
}

/** @throws InvalidOptionsError */
export function requireOneVault({ masterKeys, vault }: PrivacyOptions): void {
  if (masterKeys === undefined || vault === undefined) return;
  throw new InvalidOptionsError([
    'privacy.masterKeys and privacy.vault are both given: keys of persons are wrapped by one of them.',
  ]);
}

function areMasterKeys(keys: readonly unknown[]): keys is MasterKey[] {
  const numbers = new Set(keys.map((each) => (isRecord(each) ? each.number : undefined)));
  return keys.length > 0 && numbers.size === keys.length && keys.every(isMasterKey);
}

const isMasterKey = (each: unknown): boolean =>
  isRecord(each) &&
  Number.isInteger(each.number) &&
  (each.number as number) >= 1 &&
  (each.number as number) <= MAX_INTEGER &&
  each.key instanceof Uint8Array &&
  each.key.length === KEY_BYTES;
