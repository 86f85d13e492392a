import { randomBytes } from 'node:crypto';
import type { KeyVault, MasterKey, PrivacyOptions } from '../options/event-sourcing-options.js';
import { KEY_BYTES } from '../options/privacy-rules.js';
import { againAfterConflict } from '../postgres/again-after-conflict.js';
import type { KeyTables } from './key-tables.js';
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
  tables: KeyTables,
): Promise<OpenedVault> {
  if (vault !== undefined) return { vault, isKept: false };
  const isKept = masterKeys === 'kept-in-database';
  const given = isKept ? [] : [...masterKeys!];
  const rows = tables.isOwn
    ? await register(given[0], tables)
    : await selectMasterKeys(tables.statements, tables);
  const keys = [...given, ...keptBeside(rows, given)];
  const master = new MasterKeys(isKept ? keys.toReversed() : keys);
  for (const row of rows) requireSame(row, master, tables);
  return { vault: master, isKept };
}

/** A key with a number that no key has had, to be kept in the database. */
function newKey(rows: readonly MasterKeyRow[], tables: KeyTables): MasterKey {
  const elsewhere = rows.find(({ isUsed }) => isUsed);
  if (elsewhere !== undefined) throw wrongKey(elsewhere.number, 'is missing', tables);
  return { number: Math.max(0, ...rows.map(({ number }) => number)) + 1, key: randomBytes(KEY_BYTES) };
}

/** Stores what tells other processes which key that is; the first one to come decides. */
async function register(given: MasterKey | undefined, tables: KeyTables): Promise<MasterKeyRow[]> {
  const { statements } = tables;
  const rows = await selectMasterKeys(statements, tables);
  if (rows.some(({ number, kept }) => (given === undefined ? kept !== null : number === given.number)))
    return rows;
  const first = given ?? newKey(rows, tables);
  const check = new MasterKeys([first]).checkValue(first.number);
  const kept = given === undefined ? Buffer.from(first.key) : null;
  await againAfterConflict(() => insertMasterKey(statements, tables, { number: first.number, check, kept }));
  return selectMasterKeys(statements, tables);
}

const keptBeside = (rows: readonly MasterKeyRow[], given: readonly MasterKey[]): MasterKey[] =>
  rows.flatMap(({ number, kept }) =>
    kept === null || given.some((each) => each.number === number) ? [] : { number, key: kept },
  );

function requireSame({ number, check, isUsed }: MasterKeyRow, keys: MasterKeys, tables: KeyTables): void {
  const isThere = keys.numbers.includes(number);
  if (isThere && keys.checkValue(number).equals(check)) return;
  if (!isThere && !isUsed) return;
  throw wrongKey(number, isThere ? 'is another key than the one that has this number' : 'is missing', tables);
}

const wrongKey = (number: number, wrong: string, { schema }: KeyTables) =>
  new WrongMasterKeyError(
    `The master key ${number} ${wrong} in the schema "${schema}", so the personal data there cannot be read: ` +
      'give the key that was used before, or give a new one a number of its own, before the old ones ' +
      '(PRIVACY_MASTER_KEY, or privacy.masterKeys of EventSourcingModule.forRoot).',
  );
