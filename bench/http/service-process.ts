import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

// dist/
const BUILT = join(import.meta.dirname, '../..');
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 15_000;

const URL_OF_SERVICE = /Ready at (http:\/\/[^\s"]+)/;

/** Runs a built service in a process of its own while `work` uses it. */
export function withService<Result>(
  script: string,
  environment: NodeJS.ProcessEnv,
  work: (url: string, pid: number) => Promise<Result>,
): Promise<Result> {
  return withProcess({ script, environment, ready: URL_OF_SERVICE }, ([, url], pid) => work(url!, pid));
}

/** Runs a built script in a process of its own. `work` begins when the script's output matches `ready`. */
export async function withProcess<Result>(
  {
    script,
    args = [],
    environment,
    ready,
  }: { script: string; args?: readonly string[]; environment: NodeJS.ProcessEnv; ready: RegExp },
  work: (match: RegExpExecArray, pid: number) => Promise<Result>,
): Promise<Result> {
  const { PATH, HOME } = process.env;
  // In a process group of its own: a Ctrl-C reaches only this program, which stops the service.
  const child = spawn(process.execPath, [join(BUILT, script), ...args], {
    env: { PATH, HOME, PORT: '0', LOG_FORMAT: 'json', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  try {
    return await work(await whenReady(child, script, ready), child.pid!);
  } finally {
    await stop(child);
  }
}

function whenReady(child: ChildProcess, script: string, ready: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (what: string) => reject(new Error(`${script} ${what}:\n${output}`));
    const timer = setTimeout(fail, READY_WITHIN_MS, 'was not ready in time');
    const look = (chunk: Buffer) => {
      output += chunk.toString();
      const match = ready.exec(output);
      if (match === null) return;
      clearTimeout(timer);
      resolve(match);
    };
    child.stdout!.on('data', look);
    child.stderr!.on('data', look);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}
