import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Api } from '../http/api.js';
import { PATIENCE_MS, PATIENT } from '../patience.js';

const ROOT = join(import.meta.dirname, '../../..');

/** The built service as a process of its own. See `process-bundle.mjs`. */
export interface ServiceProcess {
  api: Api;
  pid: number;
  /** Its whole output. */
  output(): string;
  /** Sends the signal and waits for the exit code; null when the signal ended the process. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** @param program the name of a program of `process-bundle.mjs` */
export function startServiceProcess(
  environment: NodeJS.ProcessEnv,
  program = 'service',
): Promise<ServiceProcess> {
  return spawnService(environment, ROOT, join(ROOT, `dist/processes/${program}.js`)).ready;
}

/** A service that may have to wait, or may never be ready. */
export interface StartingProcess extends Omit<ServiceProcess, 'api'> {
  ready: Promise<ServiceProcess>;
}

/** @param script the service of another build than the project's */
export function spawnService(
  environment: NodeJS.ProcessEnv,
  cwd = ROOT,
  script = join(ROOT, 'dist/processes/service.js'),
): StartingProcess {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [script], {
    cwd,
    env: { PATH, HOME, PORT: '0', LOG_FORMAT: 'json', ...PATIENT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const starting: Omit<StartingProcess, 'ready'> = {
    pid: child.pid!,
    output: () => output,
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exited = once(child, 'exit') as Promise<[number | null]>;
      child.kill(signal);
      return (await exited)[0];
    },
  };
  const ready = readyUrl(child, () => output).then((url) => ({ ...starting, api: new Api(url) }));
  ready.catch(() => undefined); // the awaiting test gets the error
  return { ...starting, ready };
}

async function readyUrl(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`Not ready in time:\n${output()}`));
    }, PATIENCE_MS);
    const look = () => {
      const match = /Ready at (http:\/\/[^\s"]+)/.exec(output());
      if (match === null) return;
      clearTimeout(timer);
      resolve(match[1]!);
    };
    child.stdout!.on('data', look);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`Ended with ${code} before it was ready:\n${output()}`));
    });
  });
}
