import { inexactNumber } from './inexact-number.js';
import type { LogFault } from './log-checks.js';
import type { ExaminedEvent } from './verify.sql.js';

/**
 * A problem of a single event in a log that is whole: no event is missing or misplaced. A verification continues after
 * it, to the end.
 */
export interface LogFinding extends LogFault {
  /** How many events have this problem. The other fields describe the first of them. */
  events: number;
}

/** The problems of the event itself. `latest` is the latest time that it may have. */
export function findingsIn(event: ExaminedEvent, latest: Date): LogFault[] {
  return [inexact(event, 'data'), inexact(event, 'metadata'), ahead(event, latest)].filter(
    (finding) => finding !== undefined,
  );
}

function inexact(event: ExaminedEvent, part: 'data' | 'metadata'): LogFault | undefined {
  const number = inexactNumber(event.stored[part]);
  if (number === undefined) return undefined;
  const { position, streamId, version } = event;
  return {
    code: 'inexact-number',
    message: `The ${part} at position ${position} have the number ${number}, which is ${Number(number)} in JavaScript.`,
    meaning:
      'Aggregates, read models and clients get another number than was stored. Numbers like it belong in texts.',
    position,
    streamId,
    version,
  };
}

function ahead(
  { timestamp, position, streamId, version }: ExaminedEvent,
  latest: Date,
): LogFault | undefined {
  if (timestamp <= latest) return undefined;
  return {
    code: 'time-ahead',
    message:
      `Position ${position} is of ${timestamp.toISOString()}, ` +
      'which is still to come by the clock of this machine.',
    meaning:
      'The clock of the database was ahead. Since time never runs backwards in the log, ' +
      'later events get the same time ' +
      'until it is over: "eventfold log correct-times" gives them true ones.',
    position,
    streamId,
    version,
  };
}

/** Adds a finding, or counts it when its code was found before. */
export function addFinding(findings: LogFinding[], found: LogFault): void {
  const known = findings.find(({ code }) => code === found.code);
  if (known === undefined) findings.push({ ...found, events: 1 });
  else known.events++;
}
