import type { LogFault, UnknownType, Verification } from '../../event-sourcing/index.js';
import { UNKNOWN_TYPES } from '../foreign-log.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';

/** The result of a verification, for people. */
export function verificationReport(terminal: Terminal, verification: Verification, seconds: number): string {
  const { fault, findings = [], events } = verification;
  const found = findings.flatMap((finding) => described(terminal, 'FOUND', finding));
  if (fault !== undefined) {
    return [
      ...found,
      ...described(terminal, 'FAULT', fault),
      `  before  ${count(events)} events are sound`,
    ].join('\n');
  }
  const whole = found.length > 0 ? 'The log is whole.' : terminal.colour('green', 'The log is sound.');
  return [
    ...found,
    ...(verification.head === 0 ? ['The log is empty.'] : [whole, ...figures(verification, seconds)]),
  ].join('\n');
}

function figures(
  { events, streams, head, digest, unknownTypes = [] }: Verification,
  seconds: number,
): string[] {
  const rate = Math.round(events / Math.max(seconds, 0.001));
  const places = events === 0 ? '' : `, at positions ${count(head - events + 1)} to ${count(head)}`;
  return [
    `  events    ${count(events)}${places}`,
    `  streams   ${count(streams)}`,
    `  time      ${seconds.toFixed(1)} s, ${count(rate)} events/s`,
    `  digest    ${digest}`,
    ...(unknownTypes.length > 0 ? [NOT_READ, ...unknownTypes.map(notRead)] : []),
  ];
}

const NOT_READ =
  `\nIt has ${UNKNOWN_TYPES}. Of their events it has checked position, version, id and time, and not ` +
  'whether the application\nthat writes them can still read them:';

const notRead = ({ type, events, position }: UnknownType) =>
  printable(`  ${type}: ${count(events)}, the first at position ${count(position)}`);

function described(terminal: Terminal, word: string, fault: LogFault & { events?: number }): string[] {
  const { code, message, meaning, position, streamId, version, events = 1 } = fault;
  const where = [
    position !== undefined && `position ${position}`,
    streamId !== undefined && `stream ${streamId}`,
    version !== undefined && `version ${version}`,
  ].filter((part) => part !== false);
  const what = [
    `  what    ${message}`,
    ...(where.length > 0 ? [`  where   ${where.join(', ')}`] : []),
    ...(events > 1 ? [`  events  ${count(events)}, of which this is the first`] : []),
    `  means   ${meaning}`,
  ].map(printable);
  return [terminal.colour('red', `${word}     ${code}`), ...what];
}

const count = (number: number) => number.toLocaleString('en');
