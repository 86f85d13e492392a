import { randomBytes } from 'node:crypto';
import type { KeyVault, MasterKey, PrivacyOptions } from '../options/event-sourcing-options.js';
import { KEY_BYTES } from '../options/privacy-rules.js';
import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';
import { MasterKeys } from './master-keys.js';
import { insertMasterKey, type MasterKeyRow, selectMasterKeys } from './master-keys.sql.js';
import { WrongMasterKeyError } from './wrong-master-key.error.js';

/** The number of a master key that is made here. */
const OWN_NUMBER = 1;

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
  const rows = await register(given[0] ?? newKey(), isKept, options, statements);
  const keys = [...given, ...keptBeside(rows, given)];
  const master = new MasterKeys(isKept ? keys.toReversed() : keys);
  for (const row of rows) requireSame(row, master, options);
  return { vault: master, isKept };
}

const newKey = (): MasterKey => ({ number: OWN_NUMBER, key: randomBytes(KEY_BYTES) });

/** Stores what tells other processes which key that is; the first one to come decides. */
async function register(
  first: MasterKey,
  isKept: boolean,
  options: ResolvedOptions,
  statements: Statements,
): Promise<MasterKeyRow[]> {
  const rows = await selectMasterKeys(statements, options);
  if (rows.some((row) => (isKept ? row.kept !== null : row.number === first.number))) return rows;
  const check = new MasterKeys([first]).checkValue(first.number);
  const kept = isKept ? Buffer.from(first.key) : null;
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
  const wrong = isThere ? `is another key than the one that has this number` : `is missing`;
  throw new WrongMasterKeyError(
    `The master key ${number} ${wrong} in the schema "${options.schema}", so the personal data there cannot be read: ` +
      'give the key that was used before, or give a new one a number of its own, before the old ones ' +
      '(PRIVACY_MASTER_KEY, or privacy.masterKeys of EventSourcingModule.forRoot).',
  );
}
