import { type ErasureEvidence, ErasureProof } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';

export function verify(terminal: Terminal, { text }: { text?: string[] }, subject: string): Promise<void> {
  return withLog(terminal, async (store) => {
    const evidence = await store.get(ErasureProof).verify(subject, text);
    await terminal.result(evidence, () => linesOf(terminal, evidence));
    if (!evidence.isForgotten) terminal.exitCode = 1;
  });
}

function linesOf(terminal: Terminal, { subject, erasure, keys, rows, found, isForgotten }: ErasureEvidence) {
  const lines = [
    ...(erasure === 'none' ? ['nobody has asked for the erasure'] : []),
    ...(erasure === 'running' ? ['the erasure is not done yet'] : []),
    ...(keys > 0 ? [`subject_keys: ${keys}, with which personal fields can be read`] : []),
    ...rows.map(({ table, count }) => `${table}: ${count} rows with personal columns`),
    ...found.map(({ table, column, count, text }) => `${table}.${column}: ${count} rows with "${text}"`),
  ];
  const verdict = isForgotten
    ? terminal.colour('green', 'forgotten')
    : terminal.colour('red', 'NOT FORGOTTEN');
  return [...lines.map((line) => printable(line)), `${printable(subject)}: ${verdict}`];
}
