import { readFile, writeFile } from 'node:fs/promises';

/** Resets the peak of a process's resident memory, so that a new one is kept from now on. Only Linux can do that. */
export async function resetPeakMemory(pid: number): Promise<void> {
  if (process.platform === 'linux') await writeFile(`/proc/${pid}/clear_refs`, '5');
}

/** The peak of a process's resident memory since the reset, in MB; undefined on other systems than Linux. */
export async function peakMemory(pid: number): Promise<number | undefined> {
  return figureOf(pid, /^VmHWM:\s+(\d+) kB$/m);
}

/** A process's resident memory at this moment, in MB; undefined on other systems than Linux. */
export async function residentMemory(pid: number): Promise<number | undefined> {
  return figureOf(pid, /^VmRSS:\s+(\d+) kB$/m);
}

async function figureOf(pid: number, line: RegExp): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const match = line.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
  return match ? (Number(match[1]) * 1_024) / 1e6 : undefined;
}
