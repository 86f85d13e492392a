import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  isEmail,
  IsIn,
  IsInt,
  IsISO8601,
  IsNumber,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { domainToASCII, domainToUnicode } from 'node:url';
import { canonicalUuid, MAX_REASON } from '../../event-sourcing/for-service.js';

/**
 * The kinds of fields of requests. Each has its rules and its part of the OpenAPI document, so a request class reads as
 * a list of fields.
 */
interface FieldOptions {
  optional?: boolean;
  description?: string;
  /** A value for the example of a whole request. */
  example?: unknown;
  /** Examples of the field alone. The example of a whole request leaves the field out. */
  examples?: unknown[];
}

/** Text of `min` to `max` characters that PostgreSQL can store. */
export const Text = (options: FieldOptions & { min?: number; max: number }) => {
  const { min = 1, max } = options;
  return field(
    options,
    { type: String, minLength: min, maxLength: max },
    IsString(),
    Length(min, max),
    IsStorable(),
  );
};

/** Why an operator acts. A blank one would say nothing to those who read it later. */
export const Reason = (options: FieldOptions) =>
  field(
    options,
    { type: String, minLength: 1, maxLength: MAX_REASON, pattern: '\\S' },
    IsString(),
    Length(1, MAX_REASON),
    Matches(/\S/, { message: '$property must not be blank' }),
    IsStorable(),
  );

/** A UUID in any spelling that PostgreSQL takes. The body gets the stored spelling. */
export const Uuid = (options: FieldOptions = {}) =>
  field(
    options,
    { type: String, format: 'uuid' },
    IsUuid(),
    Transform(({ value }) => uuidOf(value) ?? value),
  );

export const Email = (options: FieldOptions = {}) =>
  field(
    options,
    { type: String, format: 'email', maxLength: 254 },
    IsString(),
    MaxLength(254),
    IsMailAddress(),
  );

export const OneOf = (values: readonly string[], options: FieldOptions = {}) =>
  field(options, { type: String, enum: [...values] }, IsIn(values));

/** A set of short texts: trimmed, without repeats. */
export const TextSet = (options: FieldOptions & { maxItems: number; maxLength: number }) =>
  field(
    options,
    {
      type: String,
      isArray: true,
      maxItems: options.maxItems,
      uniqueItems: true,
      items: { type: 'string', minLength: 1, maxLength: options.maxLength },
    },
    Transform(({ value }) => (Array.isArray(value) ? value.map(trim) : value)),
    IsArray(),
    ArrayMaxSize(options.maxItems),
    ArrayUnique(),
    IsString({ each: true }),
    Length(1, options.maxLength, { each: true }),
    IsStorable({ each: true }),
  );

/** A text of a query that may be given several times: `type=a&type=b`. */
export const TextsOfQuery = (options: FieldOptions & { maxItems: number; maxLength: number }) =>
  field(
    options,
    {
      type: String,
      isArray: true,
      maxItems: options.maxItems,
      items: { type: 'string', minLength: 1, maxLength: options.maxLength },
    },
    Transform(({ value }) => (typeof value === 'string' ? [value] : value)),
    IsArray(),
    ArrayMaxSize(options.maxItems),
    IsString({ each: true }),
    Length(1, options.maxLength, { each: true }),
    IsStorable({ each: true }),
  );

export const Quantity = (options: FieldOptions & { min: number; max: number }) =>
  field(
    options,
    { type: Number, minimum: options.min, maximum: options.max },
    IsNumber(),
    Min(options.min),
    Max(options.max),
  );

export const WholeNumber = (options: FieldOptions & { min: number; max: number }) =>
  field(
    options,
    { type: 'integer', minimum: options.min, maximum: options.max },
    IsInt(),
    Min(options.min),
    Max(options.max),
  );

/** A whole number that arrives as text, in a path or a query. */
export const WholeNumberText = (options: FieldOptions & { min: number; max: number; default?: number }) =>
  applyDecorators(
    WholeNumber(options),
    Transform(({ value }) =>
      typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value,
    ),
  );

export const Flag = (options: FieldOptions = {}) =>
  field(options, { type: Boolean }, IsIn([true, false], { message: '$property must be true or false' }));

/** `true` or `false` in a query. */
export const FlagText = (options: FieldOptions = {}) =>
  applyDecorators(
    Flag(options),
    Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : value)),
  );

/** A JSON object of any content that PostgreSQL can store. */
export const JsonObject = (options: FieldOptions = {}) =>
  field(options, { type: 'object', additionalProperties: true }, IsObject());

/** A date and time with its offset from UTC: without one, the instant would depend on the server's time zone. */
export const Instant = (options: FieldOptions = {}) =>
  field(
    options,
    { type: String, format: 'date-time' },
    IsString(),
    IsISO8601(
      { strict: true, strictSeparator: true },
      { message: '$property must be an ISO 8601 date and time, e.g. 2026-01-31T20:15:00Z' },
    ),
    Matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/, {
      message: '$property must have a time and an offset, e.g. 2026-01-31T20:15:00Z',
    }),
  );

/** How far the clock of another service may be ahead of this machine's, in ms. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** An instant in the past. Clocks may differ by the skew. */
export const PastInstant = (options: FieldOptions = {}) =>
  applyDecorators(
    Instant(options),
    ValidateBy({
      name: 'isPast',
      validator: {
        validate: (value) => Date.parse(String(value)) <= Date.now() + CLOCK_SKEW_MS,
        defaultMessage: () => '$property must not be more than 5 minutes in the future',
      },
    }),
  );

const IsUuid = () =>
  ValidateBy({
    name: 'isUuid',
    validator: {
      validate: (value) => uuidOf(value) !== undefined,
      defaultMessage: () => '$property must be a UUID',
    },
  });

const IsMailAddress = () =>
  ValidateBy({
    name: 'isMailAddress',
    validator: {
      // The check for half a surrogate pair comes first: `isEmail` throws at one.
      validate: (value) =>
        typeof value === 'string' && isStorableText(value) && isEmail(value) && hasHost(value),
      defaultMessage: () => '$property must be an e-mail address',
    },
  });

/**
 * Whether the host is possible: `xn--` must be followed by Punycode. Without that, Node.js gives no host at all, or
 * from version 24 on one that is not decoded.
 */
function hasHost(address: string): boolean {
  const host = domainToASCII(address.slice(address.lastIndexOf('@') + 1));
  return host !== '' && !/(^|\.)xn--/i.test(domainToUnicode(host));
}

/** PostgreSQL stores neither U+0000 nor a half of a surrogate pair. */
export const isStorableText = (text: string) => !text.includes('\0') && text.isWellFormed();

const IsStorable = (options?: { each: boolean }) =>
  ValidateBy(
    {
      name: 'isStorable',
      validator: {
        validate: (value) => typeof value !== 'string' || isStorableText(value),
        defaultMessage: () => '$property must not contain U+0000 or a half of a surrogate pair',
      },
    },
    options,
  );

function field(options: FieldOptions, schema: ApiPropertyOptions, ...rules: PropertyDecorator[]) {
  const { optional = false, description, example, examples } = options;
  const documented = {
    ...schema,
    required: !optional,
    ...(description !== undefined && { description }),
    ...(example !== undefined && { example }),
    ...(examples !== undefined && { examples }),
  } as ApiPropertyOptions;
  return applyDecorators(
    ApiProperty(documented),
    ...(optional ? [ValidateIf((_, value) => value !== undefined)] : []),
    ...rules,
  );
}

const trim = (value: unknown) => (typeof value === 'string' ? value.trim() : value);
const uuidOf = (value: unknown) => (typeof value === 'string' ? canonicalUuid(value) : undefined);
