import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ServerUser } from './server-user.js';

/**
 * Runs a program of PostgreSQL to its end.
 *
 * It gets a session of its own, so that a Ctrl-C in the terminal or a signal to the process group reaches the service
 * alone, which then ends things in order. Windows has no such sessions: there a Ctrl-C reaches every program of the
 * console, and the server takes it for a fast shutdown (by its documentation; not tried).
 *
 * @param owner the user to run as, when that is another one
 * @param signal ends the program, and what it has started in its session
 * @throws Error with the last lines of what it said; the signal's reason
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

/** What programs say last tells why they end. */
export function lastLines(output: string, count = 3): string {
  return output.trim().split('\n').slice(-count).join(' | ');
}
