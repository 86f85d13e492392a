import { describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { versionOfProgram } from './program-version.js';

describe('the version of the program', () => {
  it('is that of the nearest package.json which has one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'program-'));
    const dist = join(folder, 'dist/src');
    await mkdir(dist, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "version": "4.5.6" }');
    await writeFile(join(folder, 'dist/package.json'), '{ "type": "commonjs" }');
    await writeFile(join(dist, 'package.json'), 'no JSON');
    expect(versionOfProgram(join(dist, 'main.js'))).toBe('4.5.6');
    await rm(folder, { recursive: true });
  });

  it('is unknown without a program, and without a package.json', () => {
    expect(versionOfProgram(undefined)).toEqual(expect.any(String));
    expect(versionOfProgram('/main.js')).toBe('unknown');
  });
});
