import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { MasterKey } from '../../event-sourcing/index.js';
import { StartRefused } from './start-refused.js';

const KEY_BYTES = 32;
const ITEM = /^([1-9]\d{0,8}):([A-Za-z0-9+/]{43}=?)$/;

/** The rule of `PRIVACY_MASTER_KEY`, in words. */
export const MASTER_KEYS_RULE =
  'must be 1:<base64 of 32 random bytes>, with several by commas, each with a number of its own; the first one writes';

/** The keys in the text of `PRIVACY_MASTER_KEY`; undefined when it breaks the rule. */
export function masterKeysOf(text: string): MasterKey[] | undefined {
  const items = text.split(',').map((item) => ITEM.exec(item.trim()));
  const keys = items.map((item) => ({
    number: Number(item?.[1]),
    key: new Uint8Array(Buffer.from(item?.[2] ?? '', 'base64')),
  }));
  const numbers = new Set(keys.map(({ number }) => number));
  const areSound = keys.every(({ number, key }) => number >= 1 && key.length === KEY_BYTES);
  return areSound && numbers.size === keys.length ? keys : undefined;
}

/** Where the master key of an embedded database is kept, beside the folder of the database. */
const fileOf = (dataDir: string) => join(resolve(dataDir), 'master-key');

/** The text of the key that is kept in `DATA_DIR`; undefined when there is none. @throws StartRefused */
export async function readMasterKey(dataDir: string): Promise<string | undefined> {
  const path = fileOf(dataDir);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new StartRefused(`The master key of personal data in ${path} cannot be read: ${error.message}`);
  });
  if (text === undefined || masterKeysOf(text.trim()) !== undefined) return text?.trim();
  throw new StartRefused(`The file ${path} ${MASTER_KEYS_RULE}: restore it from a backup.`);
}

/**
 * Makes a key, if there is none. Instances that share the folder agree on the first one.
 *
 * @param made called with the path when this call has made it
 */
export async function keepMasterKey(dataDir: string, made: (path: string) => void): Promise<string> {
  const found = await readMasterKey(dataDir);
  if (found !== undefined) return found;
  const path = fileOf(dataDir);
  const draft = `${path}.${randomUUID()}`;
  await mkdir(resolve(dataDir), { recursive: true });
  await writeFile(draft, `1:${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path); // never over a key that another instance has made
    made(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readMasterKey(dataDir))!;
}
