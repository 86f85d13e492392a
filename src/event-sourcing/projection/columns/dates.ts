/**
 * Converts points in time between JavaScript and the JSON of PostgreSQL, which writes them in ISO 8601 whatever
 * `DateStyle` and `TimeZone` are.
 *
 * A `timestamp` without time zone holds the time of a wall clock, and TypeORM takes it for the clock of the process. In
 * the hour that is repeated when summer time ends, two instants have the same clock time. The second pass is marked by
 * one microsecond, which `Date` does not have. So a turn reads back the instant that another has written, while
 * TypeORM, which drops the microsecond, reads the same as without the mark.
 */
import { types } from 'node:util';

const MARK = '001';
/** Longer than any clock change. */
const BEYOND_CHANGE_MS = 3 * 3_600_000;
const STORED =
  /^(\d+)-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?(?:([+-])(\d\d)(?::(\d\d)(?::(\d\d))?)?)?( BC)?$/;
/** 2000-01-01: PostgreSQL counts time from there, and rounds from there. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

const pad = (value: number, width = 2) => String(value).padStart(width, '0');

/** @throws RangeError for an invalid date, which JSON would turn into null */
export function instantToJson(value: unknown): unknown {
  if (!types.isDate(value)) return infinityToJson(value);
  const iso = value.toISOString();
  const year = value.getUTCFullYear();
  return year >= 1 && year <= 9_999 ? iso : withYear(year, iso.slice(iso.indexOf('-', 1)));
}

export function instantFromJson(text: string): Date | number {
  if (isCommon(text)) {
    const instant = new Date(text);
    if (!Number.isNaN(instant.getTime())) return instant;
  }
  const parts = STORED.exec(text);
  if (parts === null) return infinityFromJson(text);
  const [, , , , , , , , sign, hours = 0, minutes = 0, seconds = 0] = parts;
  const offset = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  const [year, month, day, ...time] = clockOf(parts);
  const instant = new Date(Date.UTC(2000, month, day, ...time));
  instant.setUTCFullYear(year, month, day);
  return new Date(instant.getTime() - (sign === '-' ? -offset : offset));
}

/** @throws RangeError for an invalid date */
export function wallClockToJson(value: unknown, precision = 6): unknown {
  if (!types.isDate(value)) return infinityToJson(value);
  if (Number.isNaN(value.getTime())) throw new RangeError('Invalid time value');
  const year = value.getFullYear();
  const time = `${pad(value.getHours())}:${pad(value.getMinutes())}:${pad(value.getSeconds())}.${pad(value.getMilliseconds(), 3)}`;
  const mark = precision === 6 && isSecondPass(value) ? MARK : '';
  return withYear(year, `-${pad(value.getMonth() + 1)}-${pad(value.getDate())}T${time}${mark}`);
}

export function wallClockFromJson(text: string): Date | number {
  const clock = isCommon(text) ? new Date(text) : localOf(text);
  if (typeof clock === 'number' || !text.endsWith(MARK) || text.length !== 26) return clock;
  return secondPassOf(clock) ?? clock;
}

/** A date of PostgreSQL as midnight in the process's time zone, as `pg` returns dates of an array. */
export function midnightFromJson(text: string): Date | number {
  return localOf(text);
}

/** Rounds a date as a column with a precision below milliseconds does. */
export function rounded(value: unknown, precision = 6): unknown {
  if (precision >= 3 || !types.isDate(value)) return value;
  const unit = 10 ** (3 - precision);
  const ms = value.getTime() - EPOCH_MS;
  return new Date(EPOCH_MS + Math.sign(ms) * Math.floor((Math.abs(ms) + unit / 2) / unit) * unit);
}

/** Whether a date has a year of four digits and is not BC: `Date` parses these itself. */
const isCommon = (text: string) => text[4] === '-' && !text.endsWith('BC');

const withYear = (year: number, rest: string) =>
  year >= 1 ? `${pad(year, 4)}${rest}` : `${pad(1 - year, 4)}${rest} BC`;

type Clock = [year: number, month: number, day: number, h: number, min: number, s: number, ms: number];

function clockOf(parts: RegExpExecArray): Clock {
  const [, year, month, day, hours = 0, minutes = 0, seconds = 0, fraction = ''] = parts;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const ofEra = parts.at(-1) === undefined ? Number(year) : 1 - Number(year);
  return [ofEra, Number(month) - 1, Number(day), Number(hours), Number(minutes), Number(seconds), ms];
}

function localOf(text: string): Date | number {
  const parts = STORED.exec(text);
  if (parts === null) return infinityFromJson(text);
  const [year, month, day, ...time] = clockOf(parts);
  const local = new Date(2000, month, day, ...time);
  local.setFullYear(year, month, day);
  local.setHours(...time);
  return local;
}

function isSecondPass(value: Date): boolean {
  const first = new Date(value);
  first.setHours(value.getHours(), value.getMinutes(), value.getSeconds(), value.getMilliseconds());
  return first.getTime() !== value.getTime();
}

function secondPassOf(first: Date): Date | undefined {
  const later = new Date(first.getTime() + BEYOND_CHANGE_MS);
  const shift = later.getTimezoneOffset() - first.getTimezoneOffset();
  const second = new Date(first.getTime() + shift * 60_000);
  return shift > 0 && second.getHours() === first.getHours() && second.getMinutes() === first.getMinutes()
    ? second
    : undefined;
}

const infinityToJson = (value: unknown) =>
  value === Infinity || value === -Infinity ? String(value) : value;

const infinityFromJson = (text: string) =>
  text === 'infinity' ? Infinity : text === '-infinity' ? -Infinity : NaN;
