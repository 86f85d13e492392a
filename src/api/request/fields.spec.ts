import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  Email,
  FlagText,
  Instant,
  OneOf,
  PastInstant,
  Quantity,
  Text,
  TextSet,
  Uuid,
  WholeNumber,
  WholeNumberText,
} from './fields.js';
import { check } from './validation.js';

const uuid = '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10';

class Fields {
  @Text({ max: 5, optional: true }) text?: string;
  @Uuid({ optional: true }) uuid?: string;
  @Email({ optional: true }) email?: string;
  @OneOf(['red', 'blue'], { optional: true }) oneOf?: string;
  @TextSet({ maxItems: 3, maxLength: 5, optional: true }) textSet?: string[];
  @Quantity({ min: 0, max: 100, optional: true }) quantity?: number;
  @WholeNumber({ min: 1, max: 5, optional: true }) whole?: number;
  @WholeNumberText({ min: 1, max: 200, optional: true }) wholeText?: number;
  @FlagText({ optional: true }) flag?: boolean;
  @Instant({ optional: true }) instant?: string;
  @PastInstant({ optional: true }) past?: string;
}

/** The value of a field after validation, or the message that refuses it. */
function read(field: keyof Fields, value: unknown): unknown {
  const checked = check(Fields, { [field]: value });
  return 'errors' in checked ? checked.errors[0]!.message : checked.body[field];
}

describe('a field', () => {
  it.each<[keyof Fields, unknown, unknown]>([
    ['text', 'a', 'a'],
    ['text', '🙂🙂🙂🙂🙂', '🙂🙂🙂🙂🙂'],
    ['uuid', uuid.toUpperCase(), uuid],
    ['email', 'Ada@Example.org', 'Ada@Example.org'],
    ['oneOf', 'red', 'red'],
    ['textSet', [], []],
    ['textSet', [' drama', 'film '], ['drama', 'film']],
    ['quantity', 0, 0],
    ['quantity', 87.5, 87.5],
    ['whole', 5, 5],
    ['wholeText', '200', 200],
    ['wholeText', '007', 7],
    ['flag', 'true', true],
    ['flag', 'false', false],
    ['instant', '2026-01-31T20:15:00Z', '2026-01-31T20:15:00Z'],
    ['instant', '2026-01-31T20:15:00.123456789+05:30', '2026-01-31T20:15:00.123456789+05:30'],
    ['instant', '2026-01-31T20:15Z', '2026-01-31T20:15Z'],
  ])('%s takes %j as %j', (field, value, expected) => {
    expect(read(field, value)).toEqual(expected);
  });

  it.each<[keyof Fields, unknown]>([
    ['text', ''],
    ['text', 'abcdef'],
    ['text', 5],
    ['text', ['a']],
    ['text', null],
    ['text', 'a\0b'],
    ['text', 'a\ud800'],
    ['uuid', 'not-a-uuid'],
    ['uuid', 7],
    ['email', 'nobody'],
    ['email', `${'a'.repeat(250)}@b.org`],
    ['oneOf', 'green'],
    ['oneOf', ['red']],
    ['textSet', 'drama'],
    ['textSet', ['a', 'b', 'c', 'd']],
    ['textSet', ['a', ' a']],
    ['textSet', ['a', '']],
    ['textSet', ['   ']],
    ['textSet', ['abcdef']],
    ['textSet', ['a', 5]],
    ['textSet', ['\0']],
    ['textSet', { 0: 'a' }],
    ['quantity', -0.1],
    ['quantity', 100.1],
    ['quantity', '50'],
    ['quantity', NaN],
    ['quantity', Infinity],
    ['whole', 4.5],
    ['whole', '4'],
    ['wholeText', '0'],
    ['wholeText', '201'],
    ['wholeText', '1.5'],
    ['wholeText', '1e2'],
    ['wholeText', ''],
    ['wholeText', ' 5'],
    ['wholeText', ['5', '6']],
    ['flag', 'yes'],
    ['flag', ''],
    ['flag', '1'],
    ['instant', '2026-01-31'],
    ['instant', '2026-01-31T20:15:00'],
    ['instant', '2026-01-31 20:15:00Z'],
    ['instant', '2026-02-30T20:15:00Z'],
    ['instant', '2026-01-31T25:15:00Z'],
    ['instant', 1_769_890_500],
    ['instant', 'yesterday'],
  ])('%s refuses %j and says its name', (field, value) => {
    expect(read(field, value)).toEqual(expect.stringContaining(field));
  });

  it.each([
    ['a week date', '2026-W05-6T20:15:00Z'],
    ['a day of the year', '2026-031T20:15:00Z'],
    ['the basic format', '20260131T20:15:00Z'],
    ['a year before the common era', '-2026-01-31T20:15:00Z'],
    ['a sign before the year', '+2026-01-31T20:15:00Z'],
  ])('instant refuses %s, which JavaScript reads as no date: %s', (_what, value) => {
    expect(new Date(value).getTime()).toBeNaN();
    expect(read('instant', value)).not.toBe(value);
  });

  it.each<keyof Fields>(['text', 'uuid', 'email', 'textSet', 'quantity', 'wholeText', 'flag', 'past'])(
    '%s that is optional may be left out, but not be null',
    (field) => {
      expect(check(Fields, {})).toEqual({ body: {} });
      expect(read(field, null)).toEqual(expect.stringContaining(field));
    },
  );
});

describe('an instant that must be over', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: new Date('2026-03-01T12:00:00Z') });
  });
  afterEach(() => void jest.useRealTimers());

  it.each(['1999-12-31T23:59:59Z', '2026-03-01T12:05:00Z', '2026-03-01T14:05:00+02:00'])(
    'may be %s',
    (past) => {
      expect(read('past', past)).toBe(past);
    },
  );

  it.each(['2026-03-01T12:05:00.001Z', '2026-03-01T11:05:01-01:00', '2027-01-01T00:00:00Z'])(
    'may not be %s, more than 5 minutes ahead',
    (future) => {
      expect(read('past', future)).toBe('past must not be more than 5 minutes in the future');
    },
  );
});
