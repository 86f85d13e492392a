import type { LogFault, UnknownType, Verification } from '../../event-sourcing/index.js';
import { UNKNOWN_TYPES } from '../foreign-log.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';

/** What a verification came to, for people. */
export function verificationReport(terminal: Terminal, verification: Verification, seconds: number): string {
  const { fault, events, streams, head, unknownTypes = [] } = verification;
  if (fault !== undefined) return faulty(terminal, fault, events);
  if (head === 0) return 'The log is empty.';
  const rate = Math.round(events / Math.max(seconds, 0.001));
  return [
    terminal.colour('green', 'The log is sound.'),
    `  events    ${count(events)}, at positions 1 to ${count(head)}`,
    `  streams   ${count(streams)}`,
    `  time      ${seconds.toFixed(1)} s, ${count(rate)} events/s`,
    ...(unknownTypes.length > 0 ? [NOT_READ, ...unknownTypes.map(notRead)] : []),
  ].join('\n');
}

const NOT_READ =
  `\nIt has ${UNKNOWN_TYPES}. Of their events it has checked position, version, id and time, and not ` +
  'whether the application\nthat writes them can still read them:';

const notRead = ({ type, events, position }: UnknownType) =>
  printable(`  ${type}: ${count(events)}, the first at position ${count(position)}`);

function faulty(terminal: Terminal, fault: LogFault, events: number): string {
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
  return [terminal.colour('red', `FAULT     ${fault.code}`), ...what].join('\n');
}

const count = (number: number) => number.toLocaleString('en');
