import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNewFiles } from './new-files.js';

const FILES = [
  { path: 'a.ts', text: 'new a' },
  { path: 'deep/b.ts', text: 'new b' },
];

describe('new files', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'eventfold-files-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const write = (options = {}) => writeNewFiles(directory, FILES, options);
  const outcome = (a: string, b: string) => [
    { path: join(directory, 'a.ts'), action: a },
    { path: join(directory, 'deep/b.ts'), action: b },
  ];
  const textOf = (path: string) => readFile(join(directory, path), 'utf8');

  it('are written, with their directories', async () => {
    expect(await write()).toEqual(outcome('created', 'created'));
    expect([await textOf('a.ts'), await textOf('deep/b.ts')]).toEqual(['new a', 'new b']);
  });

  it('are none, if one is there already', async () => {
    await writeFile(join(directory, 'a.ts'), 'mine');
    for (const options of [{}, { dryRun: true }]) {
      await expect(write(options)).rejects.toThrow(
        `already ${join(directory, 'a.ts')}. Overwrite with --force`,
      );
    }
    expect([await readdir(directory), await textOf('a.ts')]).toEqual([['a.ts'], 'mine']);
  });

  it('take the place of others by force', async () => {
    await writeFile(join(directory, 'a.ts'), 'mine');
    expect(await write({ force: true, dryRun: true })).toEqual(outcome('overwritten', 'created'));
    expect(await textOf('a.ts')).toBe('mine');
    expect(await write({ force: true })).toEqual(outcome('overwritten', 'created'));
    expect(await textOf('a.ts')).toBe('new a');
  });

  it('are not written through a link that leads nowhere', async () => {
    await symlink(join(directory, 'elsewhere.ts'), join(directory, 'a.ts'));
    await expect(write()).rejects.toThrow('already');
  });

  it('name what cannot be written', async () => {
    await writeFile(join(directory, 'deep'), 'a file');
    await expect(write()).rejects.toThrow(/b\.ts cannot be written: E/);
  });
});
