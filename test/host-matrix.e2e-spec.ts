/** The package in applications of each Nest, TypeORM, module system and test runner, in the long form of the suite. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { surroundings } from './support/installed-hosts.js';
import { installedPackage } from './support/installed-package.js';
import { NpmHost } from './support/npm-host.js';
import { scaled } from './support/scale.js';
import { createEmptyDatabase } from './support/test-database.js';

const MINUTES = 60_000;
const OF_NEST = ['common', 'core', 'cqrs', 'platform-express', 'platform-fastify', 'testing', 'typeorm'];

const INSTALLATIONS = [11, 12].flatMap((nest) =>
  ['0.3.20', '^0.3.28', '^1.0.0'].map((orm) => ({ nest, orm })),
);
/** Each makes a folder of `test/hosts-by-npm/matrix`. */
const SOURCES = { commonjs: 'commonjs-express', esm: 'esm-fastify' };

const jest = (config: string) => ['npx', 'jest', '--ci', '--config', config];
const RUNNERS: Record<string, string[]> = {
  'ts-jest': jest('ts-jest.config.json'),
  '@swc/jest': jest('swc-jest.config.json'),
  Vitest: ['npx', 'vitest', 'run'],
};

/** Nest 12 has no CommonJS, which is the only thing that Jest requires before Node.js 24.9. */
const canRun = (nest: number, form: string, runner: string) =>
  nest < 12 || form === 'esm' || runner === 'Vitest';

/** Of the short form, `test/package` has one of them. */
const SKIPPED = 'skipped: each installs some 500 packages; npm run test:long -- test/host-matrix';
const title = scaled(`Nest $nest and TypeORM $orm (${SKIPPED})`, 'Nest $nest and TypeORM $orm');

scaled(describe.skip, describe).each(INSTALLATIONS)(title, ({ nest, orm }) => {
  let host: NpmHost;
  beforeAll(async () => {
    const { tarball } = await installedPackage();
    const packages = [...OF_NEST.map((name) => `@nestjs/${name}@^${nest}.0.0`), `typeorm@${orm}`];
    host = await NpmHost.install('matrix', tarball, { sources: SOURCES, packages });
  }, 10 * MINUTES);
  afterAll(() => host.remove());

  describe.each(Object.keys(SOURCES))('in %s', (form) => {
    it(
      'compile an application',
      async () => {
        await host.run('npx', ['tsc'], {}, form);
      },
      5 * MINUTES,
    );

    it.each(Object.keys(RUNNERS).filter((runner) => canRun(nest, form, runner)))(
      'fold what a command has stored into a row, in a test of %s',
      async (runner) => {
        const database = await createEmptyDatabase();
        const [program, ...options] = RUNNERS[runner]!;
        const modules = form === 'esm' ? { NODE_OPTIONS: '--experimental-vm-modules' } : {};
        await host.run(program!, options, { ...surroundings(database.url), ...modules }, form);
        expect(await database.query('select from eventfold.user_profiles')).toHaveLength(1);
        await database.drop();
      },
      5 * MINUTES,
    );
  });
});
