import type { Breakage, RehearsalReport, RehearsedType, UnsureBreakage } from '../../event-sourcing/index.js';
import { UNKNOWN_TYPES } from '../foreign-log.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

const HEADS = ['type', 'version', 'events', 'read', 'broken', 'in', 'first at'];

/**
 * The result of a rehearsal, for people: a line for each type and schema version, the breakages, and the conclusion.
 */
export function rehearsalReport(
  terminal: Terminal,
  report: RehearsalReport & { unknownTypes?: string[] },
  seconds: number,
): string {
  if (report.head < report.from) return nothingToRead(report);
  const { types, unsure, unknownTypes = [] } = report;
  const rows = types.flatMap((type) => rowsOf(type, report.whole));
  return [
    ...table(terminal, [HEADS, ...rows]),
    ...types.flatMap((type) =>
      type.breakages.flatMap((breakage) => ['', ...broken(terminal, type, breakage)]),
    ),
    ...unsure.flatMap((each) => ['', ...doubtful(terminal, each)]),
    '',
    ...conclusion(terminal, report, seconds),
    ...(unknownTypes.length > 0 ? [notRehearsed(unknownTypes)] : []),
  ].join('\n');
}

const notRehearsed = (types: string[]) =>
  printable(`  unknown   ${types.join(', ')}: ${UNKNOWN_TYPES}, and has not rehearsed.`) +
  '\n            Run the class Rehearsal in the application that writes them.';

function rowsOf({ type, schemaVersion, events, read, breakages }: RehearsedType, isExact: boolean) {
  const counted = isExact ? events : `~${count(events)}`;
  const start = [type, schemaVersion, counted, read];
  if (breakages.length === 0) return [[...start, 0, '', '']];
  return breakages.map(({ events: broke, by, position }) => [...start, broke, by, `position ${position}`]);
}

function broken(terminal: Terminal, of: RehearsedType, breakage: Breakage): string[] {
  const { type, schemaVersion, read } = of;
  const { code, events, by, position, streamId, version, message, cure } = breakage;
  return [
    terminal.colour('red', `BROKEN  ${code}`) + printable(`  ${type}, schema version ${schemaVersion}`),
    `  in      ${printable(by)}, ${count(events)} of ${count(read)} events that were read`,
    `  first   ${printable(`position ${position}, stream ${streamId}, version ${version}`)}`,
    `  what    ${printable(message)}`,
    `  cure    ${printable(cure)}`,
  ];
}

function doubtful(terminal: Terminal, breakage: UnsureBreakage) {
  const { type, schemaVersion, by, code, events, position, message, cure } = breakage;
  return [
    terminal.colour('yellow', `UNSURE  ${code}`) + printable(`  ${type}, schema version ${schemaVersion}`),
    `  in      ${printable(by)}, ${count(events)} events, the first at position ${position}`,
    `  what    ${printable(message)}`,
    `  cure    ${printable(cure)}`,
  ];
}

function conclusion(terminal: Terminal, report: RehearsalReport, seconds: number): string[] {
  const { ok, types, head, from, read, whole, streams, projections, unmet } = report;
  const kinds = types.filter(({ breakages }) => breakages.length > 0).length;
  const halted = projections.flatMap(({ name, halted: why }) => (why === undefined ? [] : `${name}: ${why}`));
  return [
    ok
      ? terminal.colour('green', 'This build reads what it was given.')
      : terminal.colour(
          'red',
          `This build breaks on ${count(kinds)} of ${count(types.length)} stored types and versions.`,
        ),
    `  events    ${count(read)} read, ${whole ? 'all' : 'a sample'} of positions ${count(from)} to ${count(head)}`,
    `  streams   ${count(streams)} folded into their aggregates`,
    ...projections.map(
      ({ name, exactUpTo }) => `  rows      ${printable(name)}: ${rowsKnown(exactUpTo, head)}`,
    ),
    ...halted.map((why) => `  not done  ${printable(why)}`),
    ...(unmet.length > 0 ? [`  not met   ${printable(unmet.join(', '))}`] : []),
    `  time      ${seconds.toFixed(1)} s`,
  ];
}

function rowsKnown(exactUpTo: number, head: number): string {
  if (exactUpTo >= head) return 'as a rebuild makes them';
  if (exactUpTo === 0) return 'the living ones, or none';
  return `as a rebuild makes them up to position ${count(exactUpTo)}, after it the living ones, or none`;
}

const nothingToRead = ({ head, from }: RehearsalReport) =>
  head === 0
    ? 'The log is empty.'
    : `Nothing is there from position ${count(from)} on: the log ends at ${count(head)}.`;

const count = (number: number) => number.toLocaleString('en');
