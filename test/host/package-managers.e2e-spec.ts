/** The package in an application that pnpm or yarn installs it into, in the long form of the suite. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningHost, startHost, surroundings } from '../support/hosts/installed-hosts.js';
import { installedPackage } from '../support/hosts/installed-package.js';
import { ManagedHost, PACKAGE_MANAGERS, type PackageManagerName } from '../support/hosts/package-managers.js';
import { scaled } from '../support/scale.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

const MINUTES = 60_000;
/** Each makes a folder of `test/hosts-by-npm/package-managers`. */
const SOURCES = { commonjs: 'commonjs-express', esm: 'esm-fastify' };

const OWN_COMMAND_LINE: Record<string, string> = {
  commonjs: `
    const { runCli } = require('nest-eventfold/cli');
    const { AppModule } = require('./app.module.js');
    void runCli(AppModule).then((exitCode) => process.exit(exitCode));`,
  esm: `
    import { runCli } from 'nest-eventfold/cli';
    import { AppModule } from './app.module.js';
    process.exit(await runCli(AppModule));`,
};

/** Of the short form, `test/host/package` has npm. */
const SKIPPED = 'skipped: each installs some 250 packages; npm run test:long -- test/host/package-managers';
const title = scaled(`%s (${SKIPPED})`, '%s');

const names = Object.keys(PACKAGE_MANAGERS) as PackageManagerName[];
scaled(describe.skip, describe).each(names)(title, (name) => {
  let host: ManagedHost;
  beforeAll(async () => {
    const { tarball } = await installedPackage();
    host = await ManagedHost.install(name, tarball, { sources: SOURCES, specs: [] });
  }, 10 * MINUTES);
  afterAll(() => host.remove());

  describe.each(Object.keys(SOURCES))('in %s', (form) => {
    let database: TestDatabase;
    let running: RunningHost;
    const eventfold = (...words: string[]) => {
      const app = `./${form}/dist/app.module.js`;
      return host.exec(['eventfold', '--app', app, ...words], surroundings(database.url));
    };

    beforeAll(async () => {
      database = await createEmptyDatabase();
      await host.exec(['tsc', '--project', form]);
      const environment = { NODE_OPTIONS: await host.nodeOptions() };
      running = await startHost(join(host.folder, form), 'main.js', database.url, environment);
    }, 5 * MINUTES);
    afterAll(async () => {
      await running.stop();
      await database.drop();
    });

    it('folds what a command has stored into a row', async () => {
      const userId = randomUUID();
      const user = { userId, email: `${userId}@example.org`, name: 'Ada' };
      const { status, body } = await running.send('POST', '/users', user);
      expect(status).toBe(201);
      const readAfter = { 'read-after': String(body.position) };
      const profile = await running.send('GET', `/users/${userId}/profile`, undefined, readAfter);
      expect(profile).toMatchObject({ status: 200, body: { userId, name: 'Ada' } });
    });

    it(
      'is operated by the command line, which opens its modules',
      async () => {
        const rebuilt = await eventfold('projections', 'rebuild', 'user-profile', '--follow', '--json');
        const report = [{ table: expect.any(String), equal: 1, differing: 0, missing: 0, extra: 0 }];
        expect(JSON.parse(rebuilt)).toMatchObject({
          status: 'running',
          rebuild: null,
          lastRebuild: { tables: report },
        });
        const verified = JSON.parse(await eventfold('log', 'verify', '--json'));
        expect(verified).toMatchObject({ ok: true });
      },
      5 * MINUTES,
    );

    it('has a command line in a file of its own', async () => {
      await writeFile(join(host.folder, form, 'dist/cli.js'), OWN_COMMAND_LINE[form]!);
      const script = ['node', `${form}/dist/cli.js`, 'log', 'verify', '--json'];
      const verified = await host.exec(script, surroundings(database.url));
      expect(JSON.parse(verified)).toMatchObject({ ok: true });
    });

    it('ends by itself when it is told to', async () => {
      expect(await running.stop()).toBe(0);
      expect(running.output()).toBe('');
    });
  });
});
