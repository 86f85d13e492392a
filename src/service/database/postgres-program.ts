import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ServerUser } from './server-user.js';

/**
 * Runs a program of PostgreSQL to its end.
 *
 * The program gets a session of its own. So a Ctrl-C in the terminal or a signal to the process group reaches only the
 * service, which then ends things in order. Windows has no such sessions: there a Ctrl-C reaches every program of the
 * console, and the server takes it for a fast shutdown (by its documentation; not tried).
 *
 * @param owner the user to run as; undefined: the user of this process
 * @param signal ends the program, and what it has started in its session
 * @throws Error with the last lines of the program's output
 * @throws the signal's reason
 */
export async function runProgram(
  path: string,
  options: string[],
  owner: ServerUser | undefined,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(path, options, {
    ...(owner && { uid: owner.uid, gid: owner.gid }),
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: { ...process.env, LC_ALL: 'C' }, // a server inherits the locale
  });
  const end = () => endSession(child);
  signal?.addEventListener('abort', end, { once: true });
  try {
    const [[code], out, err] = await Promise.all([
      once(child, 'close') as Promise<[number | null]>,
      text(child.stdout),
      text(child.stderr),
    ]);
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(`${basename(path)} ended with ${code}: ${lastLines(out + err)}`);
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

function endSession(child: ChildProcess): void {
  try {
    if (process.platform === 'win32') child.kill();
    else if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  } catch {
    // it has ended
  }
}

/** The last lines of a program tell why it ended. */
export function lastLines(output: string, count = 3): string {
  return output.trim().split('\n').slice(-count).join(' | ');
}
