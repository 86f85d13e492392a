import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepMasterKey, masterKeysOf, readMasterKey } from './master-keys.js';
import { readSettings } from './settings.js';

const key = Buffer.alloc(32, 7).toString('base64');

describe('PRIVACY_MASTER_KEY', () => {
  it('has keys with their numbers, in order', () => {
    expect(masterKeysOf(`2:${key}, 1:${key}`)?.map(({ number }) => number)).toEqual([2, 1]);
    expect(masterKeysOf(`1:${key}`)![0]!.key).toEqual(new Uint8Array(Buffer.alloc(32, 7)));
  });

  it.each(['', key, `0:${key}`, `1:${key},1:${key}`, '1:c2hvcnQ=', `1:${key},`])('refuses %j', (text) => {
    expect(masterKeysOf(text)).toBeUndefined();
    if (text === '') return;
    expect(() => readSettings({ PRIVACY_MASTER_KEY: text })).toThrow(
      'PRIVACY_MASTER_KEY is set to something that breaks the rule: must be 1:<base64 of 32 random bytes>',
    );
  });
});

describe('the master key of an embedded database', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eventfold-master-key-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is made once, for its owner alone, whoever comes first', async () => {
    const dataDir = join(folder, 'data');
    const made: string[] = [];
    const keys = await Promise.all(
      Array.from({ length: 8 }, () => keepMasterKey(dataDir, (path) => void made.push(path))),
    );
    expect(new Set(keys).size).toBe(1);
    expect(masterKeysOf(keys[0]!)).toHaveLength(1);
    expect(made).toEqual([join(dataDir, 'master-key')]);
    expect((await stat(made[0]!)).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['master-key']);
    expect((await readFile(made[0]!, 'utf8')).trim()).toBe(keys[0]);
  });

  it('is not there before, and is refused when it is damaged', async () => {
    expect(await readMasterKey(folder)).toBeUndefined();
    await writeFile(join(folder, 'master-key'), '1:half');
    await expect(readMasterKey(folder)).rejects.toThrow('restore it from a backup');
  });
});
