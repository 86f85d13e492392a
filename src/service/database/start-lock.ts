import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartRefused } from '../config/start-refused.js';
import { isAlive } from './is-alive.js';

export interface StartLockOptions {
  /** The longest wait for another holder, in ms. Default: 60,000. */
  patienceMs?: number;
  /** Ends the wait. Default: no signal. */
  signal?: AbortSignal;
}

/**
 * Lets one process at a time start or stop the embedded server of a data directory. The lock is a file with the pid of
 * its holder. The lock of a process that has ended is taken over.
 *
 * @throws StartRefused when the lock is not free in time
 * @throws the signal's reason
 */
export async function holdingStartLock<Result>(
  file: string,
  work: () => Promise<Result>,
  { patienceMs = 60_000, signal }: StartLockOptions = {},
): Promise<Result> {
  const giveUpAt = Date.now() + patienceMs;
  while (!(await tryLock(file))) {
    signal?.throwIfAborted();
    if (Date.now() > giveUpAt) {
      throw new StartRefused(
        `Another instance has been starting or stopping for ${patienceMs / 1_000} s. If none is, remove ${file}.`,
      );
    }
    await sleep(50);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function tryLock(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = Number(await readFile(file, 'utf8').catch(() => ''));
  if (holder > 0 && (holder === process.pid || !isAlive(holder))) await rm(file, { force: true });
  return false;
}
