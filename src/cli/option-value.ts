import { type LogMark, markOfText } from '../event-sourcing/event-store/log-digest.js';

/** A kind of values that an option takes. */
export interface OptionValue<T> {
  /** What a value must be, in words that go on from "it must be". */
  rule: string;
  /** Undefined for a text that is no such value. */
  parse: (text: string) => T | undefined;
}

/** From `min` to `max`, both included; without `max` up to 15 digits. */
export function wholeNumber(min: number, max?: number): OptionValue<number> {
  return {
    rule: `a whole number from ${min} ${max === undefined ? 'on' : `to ${max}`}`,
    parse: (text) => {
      const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return number >= min && number <= (max ?? number) ? number : undefined;
    },
  };
}

/** A position of the log and its digest, as `log verify` prints them. */
export const LOG_MARK: OptionValue<LogMark> = {
  rule: 'a position and its digest, as "log verify" prints them: 2500:9f86d081... with 64 digits',
  parse: markOfText,
};

export function oneOf<T extends string>(...values: readonly T[]): OptionValue<T> {
  return { rule: values.join(' or '), parse: (text) => values.find((value) => value === text) };
}
