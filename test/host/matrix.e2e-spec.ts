/** The package in applications of each Nest, TypeORM, module system and test runner, in the long form of the suite. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { surroundings } from '../support/hosts/installed-hosts.js';
import type { CopiedHost } from '../support/hosts/copied-host.js';
import { installedPackage } from '../support/hosts/installed-package.js';
import { installByNpm } from '../support/hosts/npm-host.js';
import { scaled } from '../support/scale.js';
import { createEmptyDatabase } from '../support/test-database.js';

const MINUTES = 60_000;
const OF_NEST = ['common', 'core', 'platform-express', 'platform-fastify', 'testing'];
/** These packages have versions 11 and 12 of their own for Nest 10, 11 and 12. */
const BESIDE_NEST = ['cqrs', 'terminus', 'typeorm'];

const INSTALLATIONS = [
  { nest: 10, orm: '^0.3.28' },
  ...[11, 12].flatMap((nest) => ['0.3.20', '^0.3.28', '^1.0.0'].map((orm) => ({ nest, orm }))),
];
const packagesOf = ({ nest, orm }: (typeof INSTALLATIONS)[number]) => [
  ...OF_NEST.map((name) => `@nestjs/${name}@^${nest}.0.0`),
  ...BESIDE_NEST.map((name) => `@nestjs/${name}@^${Math.max(nest, 11)}.0.0`),
  `typeorm@${orm}`,
];
/** Each entry makes a folder of `test/hosts-by-npm/matrix`. */
const SOURCES = { commonjs: 'commonjs-express', esm: 'esm-fastify' };
const SPECS = ['app.spec.ts', 'health.spec.ts'];

const jest = (config: string) => ['jest', '--ci', '--config', config];
const RUNNERS: Record<string, string[]> = {
  'ts-jest': jest('ts-jest.config.json'),
  '@swc/jest': jest('swc-jest.config.json'),
  Vitest: ['vitest', 'run'],
};

/** Nest 12 has no CommonJS, and Jest requires only CommonJS before Node.js 24.9. */
const canRun = (nest: number, form: string, runner: string) =>
  nest < 12 || form === 'esm' || runner === 'Vitest';

/** `test/host/package` has one of them, in the short form. */
const SKIPPED = 'skipped: each installs some 500 packages; npm run test:long -- test/host/matrix';
const title = scaled(`Nest $nest and TypeORM $orm (${SKIPPED})`, 'Nest $nest and TypeORM $orm');

scaled(describe.skip, describe).each(INSTALLATIONS)(title, (installation) => {
  let host: CopiedHost;
  beforeAll(async () => {
    const { tarball } = await installedPackage();
    const packages = packagesOf(installation);
    host = await installByNpm('matrix', tarball, { sources: SOURCES, specs: SPECS, packages });
  }, 10 * MINUTES);
  afterAll(() => host.remove());

  /** Runs a test of the application on an empty database. */
  const runSpec = async (form: string, runner: string, spec: string) => {
    const database = await createEmptyDatabase();
    const modules = form === 'esm' ? { NODE_OPTIONS: '--experimental-vm-modules' } : {};
    await host.run('npx', [...RUNNERS[runner]!, spec], { ...surroundings(database.url), ...modules }, form);
    return database;
  };

  describe.each(Object.keys(SOURCES))('in %s', (form) => {
    const runners = Object.keys(RUNNERS).filter((runner) => canRun(installation.nest, form, runner));

    it(
      'compile an application',
      async () => {
        await host.run('npx', ['tsc'], {}, form);
      },
      5 * MINUTES,
    );

    it.each(runners)(
      'fold what a command has stored into a row, in a test of %s',
      async (runner) => {
        const database = await runSpec(form, runner, 'app.spec');
        expect(await database.query('select from eventfold.user_profiles')).toHaveLength(1);
        await database.drop();
      },
      5 * MINUTES,
    );

    it.each(runners.slice(0, 1))(
      'tell terminus how the event store is, in a test of %s',
      async (runner) => {
        const database = await runSpec(form, runner, 'health.spec');
        expect(await database.query(`select to_regclass('eventfold.snapshots') as left`)).toEqual([
          { left: null }, // the last step of the test
        ]);
        await database.drop();
      },
      5 * MINUTES,
    );
  });
});
