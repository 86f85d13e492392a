import { setTimeout as sleep } from 'node:timers/promises';
import { type ErasureReport, ErasureReports, ErasureService } from '../../event-sourcing/index.js';
import { ErasureWorker } from '../../event-sourcing/for-service.js';
import { withLog } from '../application.js';
import type { OpenStore } from '../open-store.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

/** Pause between two looks at what the other processes do, in ms. */
const LOOK_MS = 200;

export function erase(
  terminal: Terminal,
  { reason, wait = 30 }: { reason?: string; wait?: number },
  subject: string,
): Promise<void> {
  return withLog(terminal, async (store) => {
    const { id } = await store.get(ErasureService).request(subject, { reason });
    const waitsFor = await workOff(terminal, store, id, wait * 1_000);
    const report = await store.get(ErasureReports).of(await store.get(ErasureService).get(id));
    await terminal.result(report, () => linesOf(terminal, report, waitsFor));
    if (report.state !== 'done') terminal.exitCode = 1;
  });
}

/** @returns what the next step waits for when the time is over */
async function workOff(
  { signal }: Terminal,
  store: OpenStore,
  id: string,
  withinMs: number,
): Promise<string | undefined> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const outcome = await store.get(ErasureWorker).workOn(id);
    if (outcome === 'done') return undefined;
    const isDone = (await store.get(ErasureService).get(id)).state === 'done';
    if (isDone) return undefined;
    if (signal.aborted || performance.now() > giveUpAt) {
      return outcome === 'elsewhere' ? 'a process that is at it' : outcome.waitsFor;
    }
    await sleep(LOOK_MS);
  }
}

function linesOf(terminal: Terminal, report: ErasureReport, waitsFor: string | undefined): string[] {
  const steps = report.steps.map(({ place, found, done }) => [place, found, printable(done)]);
  const isDone = report.state === 'done';
  const last = isDone
    ? terminal.colour('green', `erased (${report.id})`)
    : terminal.colour('red', printable(`NOT DONE YET (${report.id}): waits for ${waitsFor}`));
  return [...table(terminal, [['place', 'found', 'done'], ...steps]), last];
}
