import type { StoredEvent } from '../../event-sourcing/index.js';
import type { Terminal } from '../terminal/terminal.js';

/** An event of the log in one line: position, time, stream@version, type, data. */
export function lineOfLog(terminal: Terminal, event: StoredEvent): string {
  const { position, streamId, version, type } = event;
  const stream = `${streamId}@${version}`;
  return terminal.cut([String(position).padStart(6), timeOf(event), stream, type, dataOf(event)]);
}

/** An event of a stream in one line: version, position, time, type, data. */
export function lineOfStream(terminal: Terminal, event: StoredEvent): string {
  const { position, version, type } = event;
  const [number, place] = [String(version).padStart(4), `position ${position}`];
  return terminal.cut([number, place, timeOf(event), type, dataOf(event)]);
}

const dataOf = ({ data }: StoredEvent) => JSON.stringify(data);

// A damaged row may have an invalid time.
export const timeOf = ({ timestamp }: StoredEvent) => new Date(timestamp).toJSON() ?? String(timestamp);
