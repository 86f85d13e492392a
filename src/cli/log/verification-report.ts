import type { LogFault, Verification } from '../../event-sourcing/index.js';
import { colour } from '../terminal/colour.js';
import { printable } from '../terminal/printable.js';

/** What a verification came to, for people. */
export function verdict({ fault, events, streams, head }: Verification, seconds: number): string {
  if (fault !== undefined) return faulty(fault, events);
  if (head === 0) return 'The log is empty.';
  const rate = Math.round(events / Math.max(seconds, 0.001));
  return [
    colour('green', 'The log is sound.'),
    `  events    ${count(events)}, at positions 1 to ${count(head)}`,
    `  streams   ${count(streams)}`,
    `  time      ${seconds.toFixed(1)} s, ${count(rate)} events/s`,
  ].join('\n');
}

function faulty(fault: LogFault, events: number): string {
  const { position, streamId, version } = fault;
  const where = [
    position !== undefined && `position ${position}`,
    streamId !== undefined && `stream ${streamId}`,
    version !== undefined && `version ${version}`,
  ].filter((part) => part !== false);
  const what = [
    `  what    ${fault.message}`,
    ...(where.length > 0 ? [`  where   ${where.join(', ')}`] : []),
    `  means   ${fault.meaning}`,
    `  before  ${count(events)} events are sound`,
  ].map(printable);
  return [colour('red', `FAULT     ${fault.code}`), ...what].join('\n');
}

const count = (number: number) => number.toLocaleString('en');
