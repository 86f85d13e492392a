import { LogSealer, type SealProgress } from '../../event-sourcing/for-service.js';
import { withLog } from '../application.js';
import { userName } from '../system-user.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import type { Terminal } from '../terminal/terminal.js';

export function seal(terminal: Terminal): Promise<void> {
  return withLog(terminal, async (store) => {
    const bar = new ProgressBar(
      terminal,
      'Sealing {bar} {percentage}%  {value}/{total} positions, {eta_formatted} left',
    );
    const sealed = await store
      .get(LogSealer)
      .seal({
        actor: userName(),
        signal: terminal.signal,
        onProgress: ({ position, upTo }) => bar.show(position, upTo, {}),
      })
      .finally(() => bar.stop());
    await terminal.result(sealed, () => linesOf(sealed));
  });
}

const linesOf = ({ events, upTo }: SealProgress) => [
  `The personal fields of ${events.toLocaleString('en')} events are encrypted, up to position ${upTo.toLocaleString('en')}.`,
];
