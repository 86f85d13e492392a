import type { RejectedMessage } from '../../jetstream/intake/rejected-messages.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { withRejected } from './open-rejected.js';

const HEAD = ['sequence', 'rejected at', 'subject', 'place', 'reason'];
/** A table needs all of its rows, so a long list is printed in several tables. */
const ROWS = 500;

export function listRejected(terminal: Terminal): Promise<void> {
  return withRejected(terminal, async (rejected) => {
    let page: RejectedMessage[] = [];
    let count = 0;
    for await (const message of rejected?.list() ?? []) {
      count++;
      if (terminal.isForProgram) await terminal.result(message, () => []);
      else page.push(message);
      if (page.length === ROWS) page = await print(terminal, page);
    }
    await print(terminal, page);
    if (count === 0) terminal.note('No message is rejected.');
  });
}

async function print(terminal: Terminal, page: readonly RejectedMessage[]): Promise<[]> {
  const rows = page.map(({ sequence, rejectedAt, subject, stream, streamSequence, reason }) => [
    String(sequence), // as `resend` takes it
    rejectedAt.toJSON(),
    printable(subject),
    `${stream} ${streamSequence}`,
    printable(reason),
  ]);
  if (rows.length > 0) await terminal.lines(table(terminal, [HEAD, ...rows]));
  return [];
}
