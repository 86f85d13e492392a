/** A kind of option value. */
export interface OptionValue<T> {
  /** The rule for a value, in words that follow "it must be". */
  rule: string;
  /** Returns undefined for a text that breaks the rule. */
  parse: (text: string) => T | undefined;
}

/** From `min` to `max`, both included. Without `max`, up to 15 digits. */
export function wholeNumber(min: number, max?: number): OptionValue<number> {
  return {
    rule: `a whole number from ${min} ${max === undefined ? 'on' : `to ${max}`}`,
    parse: (text) => {
      const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return number >= min && number <= (max ?? number) ? number : undefined;
    },
  };
}

export function shortText(max: number): OptionValue<string> {
  return {
    rule: `a text of 1 to ${max.toLocaleString('en')} characters`,
    parse: (text) => (text !== '' && text.length <= max ? text : undefined),
  };
}

export function oneOf<T extends string>(...values: readonly T[]): OptionValue<T> {
  return { rule: values.join(' or '), parse: (text) => values.find((value) => value === text) };
}

export function jsonObject(): OptionValue<object> {
  return {
    rule: 'a JSON object',
    parse: (text) => {
      const value = parsed(text);
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
