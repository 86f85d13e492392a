import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { PARKED_KEY_ACTS } from '../../src/operations/parked-key-acts.js';
import { PROCESS_ACTS } from '../../src/operations/process-acts.js';
import { PROJECTION_ACTS } from '../../src/operations/projection-acts.js';
import { eventfold } from '../support/cli.js';
import { runCli } from '../support/processes/cli-process.js';
import { packagesRun } from '../support/processes/observed-import.js';
import { startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ROOT = join(import.meta.dirname, '../..');

/** The words for each command of a program, beside `help`. */
const pathsOf = (command: Command): string[][] => [
  [],
  ...command.commands
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => pathsOf(child).map((path) => [child.name(), ...path])),
];

describe('the command line', () => {
  let database: TestDatabase;
  let home: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    home = await mkdtemp(join(tmpdir(), 'eventfold-cli-'));
    await chmod(home, 0o755); // a server that root starts runs as another user, who needs access
  });
  afterAll(async () => {
    await rm(home, { recursive: true, force: true });
    await database.drop();
  });

  it.each([
    [['--help'], 'Usage: eventfold [', ['log', 'stream', 'DATABASE_URL', 'Exit codes']],
    [['log', '--help'], 'Usage: eventfold log [', ['tail', 'verify']],
    [['log', 'tail', '--help'], 'Usage: eventfold log tail [', ['--after <N>', '--type <T>', '--json']],
    [['log', 'verify', '--help'], 'Usage: eventfold log verify [', ['--json', 'exit code 1']],
    [['stream', 'show', '--help'], 'Usage: eventfold stream show [', ['<id>', '--from-version <N>']],
  ])('teaches itself, without a database: %j', async (args, usage, parts) => {
    const { code, out, err } = await eventfold({ DATA_DIR: home }, ...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const part of [usage, 'Examples:', ...parts]) expect(out).toContain(part);
  });

  it.each([
    [['help'], ['--help']],
    [
      ['help', 'log'],
      ['log', '--help'],
    ],
    [
      ['log', 'help'],
      ['log', '--help'],
    ],
    [
      ['help', 'log', 'tail'],
      ['log', 'tail', '--help'],
    ],
  ])('shows for %j the page of %j', async (args, page) => {
    expect(await eventfold({}, ...args)).toEqual(await eventfold({}, ...page));
  });

  it('has examples on every page', async () => {
    const pages = pathsOf(createProgram());
    expect(pages.length).toBeGreaterThan(20);
    for (const path of pages) expect((await eventfold({}, ...path, '--help')).out).toContain('Examples:\n  ');
  });

  it.each([
    ['projections', PROJECTION_ACTS],
    ['parked', PARKED_KEY_ACTS],
    ['processes', PROCESS_ACTS],
  ] as const)('has all that operators do, in the words of the API: %s', async (noun, acts) => {
    const pages = await Promise.all(
      pathsOf(createProgram())
        .filter(([group]) => group === noun)
        .map(async (path) => (await eventfold({}, ...path, '--help')).out),
    );
    const text = pages.join('\n').replace(/\s+/g, ' ').toLowerCase();
    for (const { summary } of acts) expect(text).toContain(summary.toLowerCase());
  });

  it('says which version it is', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    for (const option of ['--version', '-V']) {
      expect(await eventfold({}, option)).toEqual({ code: 0, out: `${version}\n`, err: '' });
    }
  });

  it.each([
    [['--help'], 0],
    [['--version'], 0],
    [['completion', 'bash'], 0],
    [['lgo'], 2],
    [['log', 'tail', '--after', 'x'], 2],
  ])('loads no service for %j, and ends with exit code %i', async (args, exitCode) => {
    const folder = await mkdtemp(join(home, 'coverage-'));
    expect((await runCli({ NODE_V8_COVERAGE: folder }, ...args)).code).toBe(exitCode);
    expect(await packagesRun(folder)).toEqual(['commander']);
  });

  it.each([
    ['src/cli/eventfold.mjs', 'v18.20.8'],
    ['src/launch/build-and-run.mjs', 'v22.11.0'],
  ])('ends %s on Node %s with one line that names what it needs', async (script, version) => {
    const pretend = `Object.defineProperties(process, {
      version: { value: '${version}' }, versions: { value: { node: '${version.slice(1)}' } } })`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, join(ROOT, script)];
    const outcome = promisify(execFile)(process.execPath, [...args, 'none.js']);
    await expect(outcome).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^Eventfold needs Node \\^20\\.19 or >=22\\.12; this is ${version}\\. .*\\n$`),
      ),
    });
  });

  it('is what the package names as its command, ready to be executed', async () => {
    const { bin } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const { stdout } = await promisify(execFile)(join(ROOT, bin.eventfold), ['log', '--help']);
    expect(stdout).toContain('Usage: eventfold log [');
  });

  it('shows its help, as a mistake, when it is told nothing', async () => {
    for (const args of [[], ['log']]) {
      const { code, out, err } = await eventfold({ DATA_DIR: home }, ...args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('Examples:');
    }
  });

  it.each([
    [['lgo'], /^eventfold: there is no command "lgo"\. Did you mean log\? See "eventfold --help"\.$/m],
    [['log', 'tial', '--json'], /^eventfold log: there is no command "tial"\. Did you mean tail\? See/],
    [['help', 'lgo'], /^eventfold: there is no command "lgo"\. Did you mean log\? See/],
    [['help', 'stream', 'show', 'a'], /^eventfold stream show: there is no command "a"\. See/],
    [['log', '\u001b[31mred'], /^eventfold log: there is no command "\\u001b\[31mred"/],
    [['log', 'verify', 'now'], /^eventfold log verify: too many arguments/],
    [
      ['log', 'tail', '--jsn'],
      /unknown option '--jsn'\. Did you mean --json\? See "eventfold log tail --help"\.$/m,
    ],
    [['log', 'tail', '--after', 'x'], /--after is "x": it must be a whole number from 0 on\. See/],
    [['stream', 'show'], /^eventfold stream show: missing required argument 'id'/],
    [['--no-app', '--app', 'x', 'config'], /^eventfold: --app and --no-app exclude each other\. See/],
    [['stream', 'show', 'a', '--direction', 'up'], /--direction is "up": .*backwards/],
  ])('takes %j for wrong usage, in one line, with exit code 2', async (args, sentence) => {
    const { code, out, err } = await eventfold({ DATA_DIR: home }, ...args);
    expect({ code, out, lines: err.trimEnd().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 });
    expect(err).toMatch(sentence);
  });

  it.each([
    [
      'a wrong setting',
      2,
      { DATABASE_SCHEMA: 'Event-Fold' },
      /DATABASE_SCHEMA is "Event-Fold", .*lower-case/,
    ],
    ['a URL of something else', 2, { DATABASE_URL: 'mysql://eve:open-sesame@localhost/a' }, /DATABASE_URL/],
    [
      'a schema without a log',
      1,
      { DATABASE_SCHEMA: 'elsewhere' },
      /no event log in schema "elsewhere": create it with "eventfold migrate"/,
    ],
    [
      'a directory without a database',
      1,
      { DATABASE_URL: '', DATA_DIR: 'DIR' },
      /no database in DATA_DIR .*start/,
    ],
    [
      'a server that is not there',
      1,
      { DATABASE_URL: 'postgres://eve:open-sesame@127.0.0.1:1/a' },
      /127\.0\.0\.1:1/,
    ],
  ])('names %s in one line, with exit code %i', async (_, exitCode, environment, reason) => {
    const dataDir = join(home, 'empty');
    const { code, out, err } = await eventfold(
      { DATABASE_URL: database.url, ...environment, DATA_DIR: dataDir },
      'log',
      'verify',
    );
    expect({ code, out, lines: err.trimEnd().split('\n').length }).toEqual({
      code: exitCode,
      out: '',
      lines: 1,
    });
    expect(err).toMatch(reason);
    expect(err).not.toContain('open-sesame');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('migrates by no other command than migrate', async () => {
    await database.query('create schema bare');
    await eventfold({ DATABASE_URL: database.url, DATABASE_SCHEMA: 'bare' }, 'log', 'tail');
    const tables = await database.query(`select from pg_tables where schemaname = 'bare'`);
    expect(tables).toHaveLength(0);
  });

  it('does not care how the service listens, nor whether it may run open', async () => {
    const environment = { DATABASE_URL: database.url, NODE_ENV: 'production', HOST: '0.0.0.0', PORT: 'x' };
    expect(await eventfold(environment, 'log', 'verify')).toMatchObject({
      code: 0,
      out: 'The log is empty.\n',
    });
  });

  it('joins the embedded database of a running service, and starts and stops it when none runs', async () => {
    const environment = { DATA_DIR: join(home, 'data') };
    const service = await startServiceProcess(environment);
    await service.api.put('/contents/metropolis-1927', { title: 'Metropolis', genre: 'drama' });
    expect((await eventfold(environment, 'log', 'tail')).out).toContain('content-metropolis-1927@1');
    expect((await service.api.get('/health/live')).status).toBe(200);
    await service.end('SIGTERM');
    expect((await eventfold(environment, 'log', 'tail')).out).toContain('content-metropolis-1927@1');
    expect(existsSync(join(home, 'data/postgres/postmaster.pid'))).toBe(false);
  });
});
