import type { StoredEvent } from '../../event-sourcing/index.js';
import { printable } from '../terminal/printable.js';

/** How wide a line may be: as the terminal, or without end where a program reads it. */
const width = () => (process.stdout.isTTY ? process.stdout.columns : Infinity);

/** An event of the log in one line: position, time, stream@version, type, data. */
export function lineOfLog(event: StoredEvent): string {
  const { position, streamId, version, type } = event;
  return cut([String(position).padStart(6), timeOf(event), `${streamId}@${version}`, type, dataOf(event)]);
}

/** An event of a stream in one line: version, position, time, type, data. */
export function lineOfStream(event: StoredEvent): string {
  const { position, version, type } = event;
  return cut([String(version).padStart(4), `position ${position}`, timeOf(event), type, dataOf(event)]);
}

/** The whole event in one line of JSON, metadata included. */
export function jsonLine(event: StoredEvent): string {
  return printable(JSON.stringify(event));
}

const dataOf = ({ data }: StoredEvent) => JSON.stringify(data);

// The time of a damaged row may be none.
const timeOf = ({ timestamp }: StoredEvent) => new Date(timestamp).toJSON() ?? String(timestamp);

/** Fields of a line, safe and no wider than the terminal. */
export function cut(fields: string[]): string {
  const characters = Array.from(printable(fields.join('  ')));
  return characters.length <= width() ? characters.join('') : `${characters.slice(0, width() - 1).join('')}…`;
}
