import { type ErasureEvidence, ErasureProof, type FoundText } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import type { OpenStore } from '../open-store.js';
import { printable } from '../terminal/printable.js';
import { OF_THE_RELAY } from '../relay/relay-settings.js';
import type { Terminal } from '../terminal/terminal.js';

export function verify(terminal: Terminal, { text }: { text?: string[] }, subject: string): Promise<void> {
  const look = async (store: OpenStore) => {
    const evidence = await store.get(ErasureProof).verify(subject, text);
    await terminal.result(evidence, () => linesOf(terminal, evidence));
    if (!evidence.isForgotten) terminal.exitCode = 1;
  };
  return withLog(terminal, look, [...OF_THE_RELAY, 'INTAKE_STREAM', 'INTAKE_DURABLE']);
}

function linesOf(terminal: Terminal, { subject, erasure, keys, rows, found, isForgotten }: ErasureEvidence) {
  const lines = [
    ...(erasure === 'none' ? ['nobody has asked for the erasure'] : []),
    ...(erasure === 'running' ? ['the erasure is not done yet'] : []),
    ...(keys > 0 ? [`subject_keys: ${keys}, with which personal fields can be read`] : []),
    ...rows.map(({ table, count }) => `${table}: ${count} rows with personal columns`),
    ...found.map(({ text, ...place }) => `${placeOf(place)} with "${text}"`),
  ];
  const verdict = isForgotten
    ? terminal.colour('green', 'forgotten')
    : terminal.colour('red', 'NOT FORGOTTEN');
  return [...lines.map((line) => printable(line)), `${printable(subject)}: ${verdict}`];
}

const placeOf = ({ table, column, count, isElsewhere }: Omit<FoundText, 'text'>) =>
  isElsewhere === true ? `${table}: ${count} ${column}` : `${table}.${column}: ${count} rows`;
