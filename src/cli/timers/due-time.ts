import { durationMs } from '../../event-sourcing/for-service.js';
import type { DueTime } from '../../event-sourcing/index.js';
import { WrongUsage } from '../command-failure.js';

const INSTANT = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** A time with its offset, or a duration from now. @throws WrongUsage */
export function dueTime(text: string): DueTime {
  const day = INSTANT.exec(text)?.[1];
  if (day !== undefined && isDay(day) && !Number.isNaN(Date.parse(text))) return new Date(text);
  if (durationMs(text) !== undefined) return { in: text };
  throw new WrongUsage(
    `<when> is "${text}": it must be a time with its offset, such as 2026-01-31T20:15:00Z, or a duration such as 1h30m`,
  );
}

/** JavaScript takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const instant = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(day);
}
