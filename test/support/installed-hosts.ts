import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT, run } from './packed-package.js';
import { type Send, senderTo } from './host-answers.js';

const SOURCES = join(ROOT, 'test/hosts');
const STARTS_WITHIN_MS = 30_000;
const ENDS_WITHIN_MS = 10_000;

/**
 * Installs the package into copies of `test/hosts`, which are the workspaces of one project, so that what they have in
 * common is installed once. npm takes the versions from our own lock, and with them the files from its cache, which
 * `npm ci` has filled: no network is needed. What is optional is left out, as a host with a database may.
 */
export async function installHosts(folder: string, tarball: string): Promise<void> {
  const names = await readdir(SOURCES);
  await cp(SOURCES, folder, { recursive: true });
  await copyFile(join(ROOT, '.npmrc'), join(folder, '.npmrc'));
  for (const name of names) {
    await editJson(join(folder, name, 'package.json'), (host) => {
      host.dependencies['nest-eventfold'] = `file:${tarball}`;
    });
  }
  await copyFile(join(ROOT, 'package-lock.json'), join(folder, 'package-lock.json'));
  await editJson(join(folder, 'package-lock.json'), ({ packages }) => {
    packages[''] = {};
  });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, workspaces: names }));
  const options = ['--prefer-offline', '--omit=optional', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', ...options], { cwd: folder });
}

async function editJson(file: string, edit: (content: any) => void): Promise<void> {
  const content: unknown = JSON.parse(await readFile(file, 'utf8'));
  edit(content);
  await writeFile(file, JSON.stringify(content));
}

/** Compiles a host, with its own settings, against the types in the package. @throws with what `tsc` says */
export async function compileHost(host: string): Promise<void> {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '--pretty', 'false'], { cwd: host }).catch((error) => {
    throw new Error(`${host} does not compile:\n${error.stdout}`);
  });
}

/** A host that runs as a process of its own. */
export interface RunningHost {
  send: Send;
  /** Everything it has printed since it listens. */
  output(): string;
  /** Sends SIGTERM; gives the exit code, or null when it did not end by itself. */
  stop(): Promise<number | null>;
}

export async function startHost(host: string, script: string, databaseUrl: string): Promise<RunningHost> {
  const child = spawn(process.execPath, [join(host, 'dist', script)], {
    cwd: host,
    // The user of the tests' server has the name of our schema, which PostgreSQL would then prefer.
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      PGOPTIONS: '-c search_path=public',
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const url = await listening(child, () => output);
  output = '';
  return { send: senderTo(url), output: () => output, stop: () => stop(child) };
}

function listening(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`The host ${why}:\n${output()}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('does not listen in time');
    }, STARTS_WITHIN_MS);
    child.once('exit', (code) => fail(`ended with ${code}`)).once('exit', () => clearTimeout(timer));
    child.stdout!.on('data', () => {
      const url = /^Listening at (http:\S+)$/m.exec(output())?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
  const [code] = await ended;
  clearTimeout(timer);
  return code;
}
