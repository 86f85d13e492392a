import { Rewrap, type RewrapReport } from '../../event-sourcing/for-service.js';
import { withLog } from '../application.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import type { Terminal } from '../terminal/terminal.js';

export function rewrap(terminal: Terminal): Promise<void> {
  return withLog(terminal, async (store) => {
    const bar = new ProgressBar(
      terminal,
      'Wrapping {bar} {percentage}%  {value}/{total} keys, {eta_formatted} left',
    );
    const onProgress = ({ rewrapped, total }: { rewrapped: number; total: number }) =>
      bar.show(rewrapped, total, {});
    const report = await store
      .get(Rewrap)
      .run({ signal: terminal.signal, onProgress })
      .finally(() => bar.stop());
    await terminal.result(report, () => linesOf(report));
  });
}

const linesOf = ({ rewrapped, master, forgotten }: RewrapReport) => [
  `${rewrapped.toLocaleString('en')} keys wrapped with master key ${master}; all are under it now.`,
  ...forgotten.map((number) => `Master key ${number}, which the database has kept, is deleted.`),
];
