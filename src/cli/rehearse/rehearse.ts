import { setUnknownTypesAside } from '../../event-sourcing/for-service.js';
import { Rehearsal, type RehearsalOptions, type RehearsalReport } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import { isForeignLog } from '../foreign-log.js';
import type { Terminal } from '../terminal/terminal.js';
import { RehearsalProgress } from './rehearsal-progress.js';
import { rehearsalReport } from './rehearsal-report.js';

interface RehearseOptions extends Pick<RehearsalOptions, 'whole' | 'sample' | 'from' | 'seed'> {
  rows?: number;
}

export async function rehearse(terminal: Terminal, { rows, ...options }: RehearseOptions): Promise<void> {
  const scope = { ...options, ...(rows !== undefined && { maxRows: rows }) };
  await withLog(terminal, async (application) => {
    const start = performance.now();
    const read = await run(terminal, application.get(Rehearsal), scope);
    const report = (await isForeignLog(application)) ? setUnknownTypesAside(read) : read;
    const seconds = (performance.now() - start) / 1_000;
    await terminal.result({ ...report, seconds: Number(seconds.toFixed(3)) }, () =>
      rehearsalReport(terminal, report, seconds),
    );
    if (!report.ok) terminal.exitCode = 1;
  });
}

async function run(
  terminal: Terminal,
  rehearsal: Rehearsal,
  options: RehearsalOptions,
): Promise<RehearsalReport> {
  const progress = new RehearsalProgress(terminal);
  try {
    return await rehearsal.run({ ...options, onProgress: progress.show, signal: terminal.signal });
  } catch (error) {
    progress.stop();
    if (progress.soFar !== undefined) terminal.note(interrupted(progress.soFar));
    throw error;
  } finally {
    progress.stop();
  }
}

const interrupted = ({ read, total, broken }: { read: number; total: number; broken: number }) =>
  `Not finished. ${read.toLocaleString('en')} of ${total.toLocaleString('en')} events were read, with ${broken.toLocaleString('en')} breakages.`;
