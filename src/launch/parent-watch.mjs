// Notices the end of npm. npm passes on SIGINT and SIGTERM to its script, but no other signal, and none when it is
// killed. It also runs a shell, which passes on nothing. Without this watch, a supervisor that stops `npm start` would
// leave the service running.
//
// A process that npm did not start is not watched: it may outlive its parent, as under `nohup` or `setsid`.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const LOOK_MS = 250;
const SHELL = /^-?(sh|dash|bash|ash|busybox|zsh|ksh)$/;

/** Emits SIGHUP in this process once npm, or the shell between the two, has ended. */
export function watchParent() {
  const startedBy = process.env.npm_lifecycle_event ?? process.env.NODE_RUN_SCRIPT_NAME;
  if (startedBy === undefined) return;
  const hasEnded = endOfParent();
  const timer = setInterval(() => {
    if (!hasEnded()) return;
    clearInterval(timer);
    process.emit('SIGHUP', 'What started the service has ended');
  }, LOOK_MS);
  timer.unref();
}

/**
 * On POSIX systems, a process whose parent ends gets another parent. A shell between the two may stay when npm ends
 * (not every shell replaces itself by its last command), but then the shell gets another parent.
 *
 * Windows keeps the id of a parent that has ended: there the watch asks whether that process lives. (Not tried.)
 */
function endOfParent() {
  const parent = process.ppid;
  if (process.platform === 'win32') return () => !isAlive(parent);
  const shell = describe(parent);
  if (!SHELL.test(shell?.command ?? '')) return () => process.ppid !== parent;
  const npm = shell.parent;
  if (process.platform !== 'linux') return () => process.ppid !== parent || !isAlive(npm);
  return () => process.ppid !== parent || describe(parent)?.parent !== npm;
}

/** The parent of a process: on Linux from /proc, on macOS and BSD from `ps` (not tried there). */
function describe(pid) {
  try {
    if (process.platform === 'linux') return fromStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const line = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [parent, command] = line.split(/\s+/, 2);
    return { parent: Number(parent), command: command.split('/').at(-1) };
  } catch {
    return undefined; // it has ended, or there is no such command
  }
}

/** The format is `12 (the command) S 11 ...`, and a command may contain parentheses. */
function fromStat(stat) {
  const end = stat.lastIndexOf(')');
  const command = stat.slice(stat.indexOf('(') + 1, end);
  return { parent: Number(stat.slice(end + 2).split(' ')[1]), command };
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
