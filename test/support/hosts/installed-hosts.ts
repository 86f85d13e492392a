import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Send, senderTo } from './host-answers.js';
import { PATIENCE_MS } from '../patience.js';

/** A host in a process of its own. */
export interface RunningHost {
  send: Send;
  /** Its output since it listens. */
  output(): string;
  /** Sends SIGTERM. Returns the exit code, or null when the host did not end by itself. */
  stop(): Promise<number | null>;
}

export async function startHost(
  host: string,
  script: string,
  databaseUrl: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<RunningHost> {
  const child = spawn(process.execPath, [join(host, 'dist', script)], {
    cwd: host,
    env: { PATH: process.env.PATH, ...surroundings(databaseUrl), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const url = await listening(child, () => output);
  output = '';
  return { send: senderTo(url), output: () => output, stop: () => stop(child) };
}

/** The environment of a host. */
export const surroundings = (databaseUrl: string) => ({
  DATABASE_URL: databaseUrl,
  // The user of the tests' server has the name of our schema, which PostgreSQL would then prefer.
  PGOPTIONS: '-c search_path=public',
  PORT: '0',
});

function listening(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`The host ${why}:\n${output()}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('does not listen in time');
    }, PATIENCE_MS);
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
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const [code] = await ended;
  clearTimeout(timer);
  return code;
}
