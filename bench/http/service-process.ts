import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

// dist/
const BUILT = join(import.meta.dirname, '../..');
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 15_000;

/** Runs a built service in a process of its own while `work` uses it. */
export async function withService<Result>(
  script: string,
  environment: NodeJS.ProcessEnv,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const { PATH, HOME } = process.env;
  // In a process group of its own: a Ctrl-C is for us, and we stop the service.
  const child = spawn(process.execPath, [join(BUILT, script)], {
    env: { PATH, HOME, PORT: '0', LOG_FORMAT: 'json', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  try {
    return await work(await readyUrl(child, script));
  } finally {
    await stop(child);
  }
}

function readyUrl(child: ChildProcess, script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (what: string) => reject(new Error(`${script} ${what}:\n${output}`));
    const timer = setTimeout(fail, READY_WITHIN_MS, 'was not ready in time');
    const look = (chunk: Buffer) => {
      output += chunk.toString();
      const match = /Ready at (http:\/\/[^\s"]+)/.exec(output);
      if (match === null) return;
      clearTimeout(timer);
      resolve(match[1]!);
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
