import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placesOf, requireSingleCopy, twoCopiesError } from './single-copy.js';

describe('copies of a package', () => {
  afterEach(() => void Reflect.deleteProperty(globalThis, Symbol.for('nest-eventfold.used')));

  it('are one in this process', () => {
    requireSingleCopy();
    expect(placesOf('typeorm')).toHaveLength(1);
  });

  it('are refused when a second copy of this package is used, with both paths', () => {
    requireSingleCopy();
    expect(() => requireSingleCopy('/app/node_modules/b/node_modules/nest-eventfold/core.js')).toThrow(
      /two copies of nest-eventfold: .*single-copy.* and \/app\/node_modules\/b\/node_modules\/.*"npm dedupe"/,
    );
  });

  it.each(['/', '\\'])(
    'are refused as the two forms of one package, with paths that have %s',
    (separator) => {
      const place = (...names: string[]) => ['', 'app', 'nest-eventfold', ...names].join(separator);
      requireSingleCopy(place('chunks', 'core.js'));
      expect(() => requireSingleCopy(place('cjs', 'chunks', 'core.js'))).toThrow(
        /loaded nest-eventfold twice, by import .* by require .*: load it one way in all files/,
      );
    },
  );

  it('are found when the application has its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'eventfold-copies-'));
    try {
      const own = join(folder, 'node_modules/typeorm');
      await mkdir(own, { recursive: true });
      await writeFile(join(own, 'package.json'), '{ "name": "typeorm", "main": "index.js" }');
      await writeFile(join(own, 'index.js'), '');
      const places = placesOf('typeorm', join(folder, 'package.json'));
      expect(places).toEqual([expect.stringContaining('typeorm'), join(own, 'index.js')]);
      expect(twoCopiesError('typeorm', places).message).toContain(`${places[0]} and ${places[1]}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
