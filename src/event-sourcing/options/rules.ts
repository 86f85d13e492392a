/** The rule for one option. */
export interface Rule<Value = any> {
  /** The value when none is given. An option without a default must be given, unless it is optional. */
  readonly byDefault?: Value | undefined;
  readonly isOptional?: boolean;
  /** Whether a wrong value may have a secret, so that no sentence shows it. Default: it has none. */
  isSecret?(value: unknown): boolean;
  /** The text after "it must be". */
  readonly says: string;
  accepts(value: any): boolean;
}

/** An option that is a group of options. */
export interface Group {
  readonly rules: Rules;
  /** Whether `false` turns the group off. */
  readonly mayBeOff: boolean;
}

export type Rules = Readonly<Record<string, Rule | Group>>;

/** A rule for each option: the compiler requires one for every new option. */
export type RulesOf<Options extends object> = {
  readonly [Name in keyof Options]-?: RuleOf<NonNullable<Options[Name]>>;
};

type RuleOf<Value> = [Extract<Value, object>] extends [never]
  ? Rule<Value>
  : Value extends (...parameters: never[]) => unknown
    ? Rule<Value>
    : Group;

const figure = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

export const wholeNumber = (from: number, to: number, byDefault?: number): Rule<number> => ({
  byDefault,
  says: `a whole number from ${figure.format(from)} to ${figure.format(to)}`,
  accepts: (value) => Number.isInteger(value) && value >= from && value <= to,
});

export const number = (from: number, to: number, byDefault?: number): Rule<number> => ({
  byDefault,
  says: `a number from ${figure.format(from)} to ${figure.format(to)}`,
  accepts: (value) => typeof value === 'number' && value >= from && value <= to,
});

export const flag = (byDefault: boolean): Rule<boolean> => ({
  byDefault,
  says: 'true or false',
  accepts: (value) => typeof value === 'boolean',
});

/** @param maxBytes length in UTF-8, as PostgreSQL counts it */
export const text = (maxBytes: number, byDefault?: string, because = ''): Rule<string> => ({
  byDefault,
  says: `a text of 1 to ${maxBytes} bytes without control characters${because}`,
  accepts: (value) => typeof value === 'string' && fits(value, maxBytes),
});

const fits = (value: string, maxBytes: number) =>
  value !== '' && Buffer.byteLength(value) <= maxBytes && !/\p{Cc}/u.test(value) && value.isWellFormed();

export const NON_EMPTY_TEXT: Rule<string> = {
  says: 'a text that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
};

export const oneOf = <Value extends string>(...values: Value[]): Rule<Value> => ({
  says: values.map((value) => JSON.stringify(value)).join(' or '),
  accepts: (value) => values.includes(value),
});

/** Optional: such a function has no default. */
export const functionThat = (does: string): Rule<(...parameters: never[]) => any> => ({
  isOptional: true,
  says: `a function that ${does}`,
  accepts: (value) => typeof value === 'function',
});

/** Optional: such a function has no default. */
export const synchronousFunction = (that: string): Rule<(...parameters: never[]) => any> => ({
  isOptional: true,
  says: `a function ${that}, and no async one`,
  accepts: (value) =>
    typeof value === 'function' && Object.prototype.toString.call(value) === '[object Function]',
});

export const optional = <Value>(rule: Rule<Value>): Rule<Value> => ({ ...rule, isOptional: true });

/** Whether an option or argument may be undefined. */
export const mayBeLeftOut = ({ isOptional = false, byDefault }: Rule): boolean =>
  isOptional || byDefault !== undefined;

export const group = <Options extends object>(rules: RulesOf<Options>): Group => ({
  rules: rules as Rules,
  mayBeOff: false,
});

/** The options of a call. */
export const callOptions = (rules: Rules): Group => ({ rules, mayBeOff: false });

export const groupOrFalse = <Options extends object>(rules: RulesOf<Options>): Group => ({
  rules: rules as Rules,
  mayBeOff: true,
});

const NAME_BYTES = 200;
/** The name of a store, projection or reaction. It becomes a part of keys. */
export const NAME = text(NAME_BYTES);
