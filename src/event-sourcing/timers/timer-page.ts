import { InvalidArgumentError } from '../options/require-arguments.js';
import { canonicalUuid } from '../event/uuid.js';
import type { AfterTimer, TimerFilter } from './read-timers.sql.js';
import type { Timer } from './timer.js';

/** Which timers are listed. */
export interface TimersPage extends TimerFilter {
  /** Default: 50. */
  limit?: number | undefined;
  /** `nextCursor` of the page before. Default: the first page. */
  cursor?: string | undefined;
}

/** A page of timers. */
export interface TimerPage {
  timers: Timer[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** @param found one more than the page takes, if there are more */
export function timerPage(found: Timer[], limit: number): TimerPage {
  const timers = found.slice(0, limit);
  return { timers, nextCursor: found.length > limit ? cursorOf(timers.at(-1)!) : null };
}

const cursorOf = ({ dueAt, id }: AfterTimer) =>
  Buffer.from(JSON.stringify([dueAt.getTime(), id])).toString('base64url');

/** @throws InvalidArgumentError when it is no cursor of a list of timers */
export function afterTimer(cursor: string | undefined): AfterTimer | undefined {
  if (cursor === undefined) return undefined;
  const [time, id] = parsed(cursor);
  const dueAt = new Date(Number(time));
  if (Number.isNaN(dueAt.getTime()) || typeof id !== 'string' || canonicalUuid(id) !== id)
    throw noCursor(cursor);
  return { dueAt, id };
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'number') return value;
  } catch {
    // refused below
  }
  throw noCursor(cursor);
}

const noCursor = (cursor: string) =>
  new InvalidArgumentError([
    `Timers.list: page.cursor is ${JSON.stringify(cursor)}: it must be the nextCursor of another page.`,
  ]);
