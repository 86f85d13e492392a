import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startEventfold } from '../cli.js';
import type { CliOutcome } from '../processes/cli-process.js';
import { compileHost } from './compiled-host.js';
import { installedPackage } from './installed-package.js';
import type { TestDatabase } from '../test-database.js';

/** The host `operated`, as a project whose team has installed the package and built it. */
export interface OperatedHost {
  folder: string;
  /** `npx eventfold` in its folder, on a database that its own variable names. */
  eventfold(database: Pick<TestDatabase, 'url'>, args: readonly string[], more?: RunOptions): Running;
  /**
   * The same in this process, by the sources, for a twentieth of the processor's time. It does not show the streams,
   * the signals and the end of a process. The host reads its variables once, so the database of the first call counts.
   */
  inThisProcess(
    database: Pick<TestDatabase, 'url'>,
    args: readonly string[],
    more?: RunOptions,
  ): Promise<CliOutcome>;
  /** Runs a script of the project. */
  node(database: Pick<TestDatabase, 'url'>, args: readonly string[], more?: RunOptions): Running;
}

export interface RunOptions {
  environment?: NodeJS.ProcessEnv;
  /** The working directory. Default: the folder of the host. */
  directory?: string;
}

interface Running {
  outcome: Promise<CliOutcome>;
  interrupt(): void;
  said(): string;
}

export async function operatedHost(): Promise<OperatedHost> {
  const packed = await installedPackage();
  const folder = join(packed.folder, 'operated');
  compileHost(folder);
  const program = join(packed.folder, 'node_modules/.bin/eventfold');
  const run = ({ url }: Pick<TestDatabase, 'url'>, args: readonly string[], more: RunOptions = {}) =>
    start(args, more.directory ?? folder, { ...variablesOf(url), ...more.environment });
  return {
    folder,
    eventfold: (database, args, more) => run(database, [program, ...args], more),
    node: (database, args, more) => run(database, args, more),
    inThisProcess: ({ url }, args, { directory = folder, environment = {} } = {}) =>
      withVariables({ ...variablesOf(url), ...environment }, () =>
        withoutWords(() => startEventfold({ environment, directory }, ...args).outcome),
      ),
  };
}

/** The user of the tests' server has the name of our schema, which PostgreSQL would then prefer. */
const variablesOf = (url: string) => ({ SHOP_DATABASE: url, PGOPTIONS: '-c search_path=public' });

/** The host's own output stays out of the output of the tests. */
async function withoutWords<Result>(work: () => Promise<Result>): Promise<Result> {
  const { log } = console;
  console.log = () => undefined;
  try {
    return await work();
  } finally {
    console.log = log;
  }
}

/** The host reads the variables of its process. */
async function withVariables<Result>(
  variables: NodeJS.ProcessEnv,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

function start(args: readonly string[], cwd: string, environment: NodeJS.ProcessEnv): Running {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, NO_COLOR: '1', ...environment };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const outcome = Promise.all([once(child, 'close'), text(child.stdout)]).then(([[code], out]) => ({
    code: code as number | null,
    out,
    err: said,
  }));
  return { outcome, interrupt: () => void child.kill('SIGINT'), said: () => said };
}

/** The field "eventfold" of its package.json. */
export async function setManifestField(folder: string, field: unknown): Promise<void> {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...manifest, eventfold: field }));
}
