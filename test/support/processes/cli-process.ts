import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '../../..');

export interface CliOutcome {
  code: number | null;
  out: string;
  /** The text on standard error. */
  err: string;
}

/** The built command line as a process of its own. */
export const startCli = (environment: NodeJS.ProcessEnv, ...args: string[]) =>
  startCliIn(ROOT, environment, ...args);

/** The same, in a working directory of the test's own. */
export function startCliIn(
  cwd: string,
  environment: NodeJS.ProcessEnv,
  ...args: string[]
): { child: ChildProcessWithoutNullStreams; outcome: Promise<CliOutcome> } {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'dist/service/cli.js'), ...args], {
    cwd,
    env: { PATH, HOME, ...environment },
  });
  const outcome = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], out, err]) => ({ code: code as number | null, out, err }),
  );
  return { child, outcome };
}

export const runCli = (environment: NodeJS.ProcessEnv, ...args: string[]) =>
  startCli(environment, ...args).outcome;
