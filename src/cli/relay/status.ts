import { RelayMonitor, type RelayStatus } from '../../event-sourcing/for-service.js';
import { withLog } from '../application.js';
import { duration } from '../terminal/duration.js';
import { OF_THE_RELAY } from './relay-settings.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

export function showRelay(terminal: Terminal): Promise<void> {
  const show = async (status: RelayStatus) => {
    await terminal.result(status, () => print(terminal, status));
    if (status.state === 'diverged') terminal.exitCode = 1;
  };
  return withLog(terminal, async (store) => show(await store.get(RelayMonitor).examine()), OF_THE_RELAY);
}

function print(
  terminal: Terminal,
  { state, position, logPosition, lagSeconds, reason }: RelayStatus,
): string[] {
  const lag = lagSeconds === null ? '-' : duration(lagSeconds);
  const rows = [
    ['state', 'position', 'log', 'lag', 'reason'],
    [state, position ?? '-', logPosition, lag, reason ?? ''],
  ];
  return table(terminal, rows);
}
