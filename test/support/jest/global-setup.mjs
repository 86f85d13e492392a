// Runs once before the end-to-end tests. It builds and bundles, so that tests can start real processes. It starts a
// PostgreSQL (or uses TEST_DATABASE_URL), and makes one migrated database there that every test file clones. It writes
// the OpenAPI document against which answers are checked. It is plain JavaScript, since Jest does not transform its
// imports.

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureFreshBuild, root } from '../../../src/launch/fresh-build.mjs';
import { bundleForProcesses } from '../processes/process-bundle.mjs';

export default async function setUp() {
  await ensureFreshBuild();
  bundlePackage();
  await bundleForProcesses(root);
  const { ConsoleLogger, Logger } = await import('@nestjs/common');
  const { isColoured } = await import('../../../dist/src/service/config/coloured.js');
  Logger.overrideLogger(new ConsoleLogger({ colors: isColoured(process.stdout) }));
  const { TestServer } = await import('../../../dist/src/testing/test-server.js');
  const server = await TestServer.start();
  server.share();
  process.env.EVENTFOLD_TEST_TEMPLATE = await server.template('service', migrateDatabase);
  const document = await writeDocument();
  process.env.EVENTFOLD_OPENAPI = document;
  process.env.EVENTFOLD_TEST_INSTALL = await mkdtemp(join(tmpdir(), 'eventfold-install-'));
  globalThis.tearDownEventfoldTests = async () => {
    await rm(dirname(document), { recursive: true });
    await rm(process.env.EVENTFOLD_TEST_INSTALL, { recursive: true });
    await server.stop();
  };
}

/** Makes the published package when the build is newer. */
function bundlePackage() {
  const [built, bundled] = ['service/cli.js', 'package/cjs/package.json'].map((file) =>
    statSync(join(root, 'dist', file), { throwIfNoEntry: false }),
  );
  if (bundled?.mtimeMs > built.mtimeMs) return;
  const program = join(root, 'node_modules/rollup/dist/bin/rollup');
  const options = ['--config', '--silent', '--configOf', 'package'];
  execFileSync(process.execPath, [program, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
}

async function writeDocument() {
  const file = join(await mkdtemp(join(tmpdir(), 'eventfold-openapi-')), 'openapi.json');
  execFileSync(process.execPath, [join(root, 'dist/src/service/write-openapi.js'), file]);
  return file;
}

async function migrateDatabase(url) {
  const { DataSource } = await import('typeorm');
  const { dataSourceOptions } = await import('../../../dist/src/service/database/data-source-options.js');
  const { migrate } = await import('../../../dist/src/service/database/migrate.js');
  const dataSource = await new DataSource(dataSourceOptions(url, 'eventfold', 3)).initialize();
  await migrate(dataSource, 'eventfold');
  await dataSource.destroy();
}
