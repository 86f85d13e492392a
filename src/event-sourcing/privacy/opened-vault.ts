import { randomBytes } from 'node:crypto';
import type { KeyVault, MasterKey, PrivacyOptions } from '../options/event-sourcing-options.js';
import { KEY_BYTES } from '../options/privacy-rules.js';
import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';
import { MasterKeys } from './master-keys.js';
import { insertMasterKey, type MasterKeyRow, selectMasterKeys } from './master-keys.sql.js';
import { WrongMasterKeyError } from './wrong-master-key.error.js';

/** The vault of an event store, after its master keys were compared with those in use. */
export interface OpenedVault {
  vault: KeyVault;
  /** Whether the database keeps the master key that wraps. */
  isKept: boolean;
}

/**
 * Opens the vault that the options name. Where they name master keys, each must be the one in use under its number, and
 * each number in use must be among them.
 *
 * @throws WrongMasterKeyError
 */
export async function openVault(
  { masterKeys, vault }: PrivacyOptions,
  options: ResolvedOptions,
  statements: Statements,
): Promise<OpenedVault> {
  if (vault !== undefined) return { vault, isKept: false };
  const isKept = masterKeys === 'kept-in-database';
  const given = isKept ? [] : [...masterKeys!];
  const rows = await register(given[0], options, statements);
  const keys = [...given, ...keptBeside(rows, given)];
  const master = new MasterKeys(isKept ? keys.toReversed() : keys);
  for (const row of rows) requireSame(row, master, options);
  return { vault: master, isKept };
}

/** A key with a number that no key has had, to be kept in the database. */
function newKey(rows: readonly MasterKeyRow[], options: ResolvedOptions): MasterKey {
  const elsewhere = rows.find(({ isUsed }) => isUsed);
  if (elsewhere !== undefined) throw wrongKey(elsewhere.number, 'is missing', options);
  return { number: Math.max(0, ...rows.map(({ number }) => number)) + 1, key: randomBytes(KEY_BYTES) };
}

/** Stores what tells other processes which key that is; the first one to come decides. */
async function register(
  given: MasterKey | undefined,
  options: ResolvedOptions,
  statements: Statements,
): Promise<MasterKeyRow[]> {
  const rows = await selectMasterKeys(statements, options);
  if (rows.some(({ number, kept }) => (given === undefined ? kept !== null : number === given.number)))
    return rows;
  const first = given ?? newKey(rows, options);
  const check = new MasterKeys([first]).checkValue(first.number);
  const kept = given === undefined ? Buffer.from(first.key) : null;
  await insertMasterKey(statements, options, { number: first.number, check, kept });
  return selectMasterKeys(statements, options);
}

const keptBeside = (rows: readonly MasterKeyRow[], given: readonly MasterKey[]): MasterKey[] =>
  rows.flatMap(({ number, kept }) =>
    kept === null || given.some((each) => each.number === number) ? [] : { number, key: kept },
  );

function requireSame(
  { number, check, isUsed }: MasterKeyRow,
  keys: MasterKeys,
  options: ResolvedOptions,
): void {
  const isThere = keys.numbers.includes(number);
  if (isThere && keys.checkValue(number).equals(check)) return;
  if (!isThere && !isUsed) return;
  throw wrongKey(
    number,
    isThere ? 'is another key than the one that has this number' : 'is missing',
    options,
  );
}

const wrongKey = (number: number, wrong: string, options: ResolvedOptions) =>
  new WrongMasterKeyError(
    `The master key ${number} ${wrong} in the schema "${options.schema}", so the personal data there cannot be read: ` +
      'give the key that was used before, or give a new one a number of its own, before the old ones ' +
      '(PRIVACY_MASTER_KEY, or privacy.masterKeys of EventSourcingModule.forRoot).',
  );
