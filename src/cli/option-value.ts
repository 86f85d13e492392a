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

export function oneOf<T extends string>(...values: readonly T[]): OptionValue<T> {
  return { rule: values.join(' or '), parse: (text) => values.find((value) => value === text) };
}
