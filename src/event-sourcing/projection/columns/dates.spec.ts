import { afterEach, describe, expect, it } from '@jest/globals';
import { instantFromJson, instantToJson, rounded, wallClockFromJson, wallClockToJson } from './dates.js';

const { TZ } = process.env;
afterEach(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

describe('an instant', () => {
  it.each([
    ['2026-07-01T12:34:56.789+00:00', '2026-07-01T12:34:56.789Z'],
    ['2026-07-01T18:04:56.789123+05:30', '2026-07-01T12:34:56.789Z'],
    ['1880-01-01T00:53:28+00:53:28', '1880-01-01T00:00:00.000Z'],
    ['12345-01-02T03:04:05+00:00', '+012345-01-02T03:04:05.000Z'],
    ['0044-03-15T12:00:00-01:00 BC', '-000043-03-15T13:00:00.000Z'],
  ])('is read from %s of PostgreSQL as %s', (stored, iso) => {
    expect((instantFromJson(stored) as Date).toISOString()).toBe(iso);
  });

  it.each(['2026-07-01T12:34:56.789Z', '+012345-01-02T03:04:05.000Z', '-000043-03-15T13:00:00.000Z'])(
    'comes back unchanged: %s',
    (iso) => {
      const spelled = String(instantToJson(new Date(iso))).replace('Z', '+00:00');
      expect((instantFromJson(spelled) as Date).toISOString()).toBe(iso);
    },
  );

  it('may be infinite, and never invalid', () => {
    expect(instantToJson(-Infinity)).toBe('-Infinity');
    expect(instantFromJson('infinity')).toBe(Infinity);
    expect(() => instantToJson(new Date(NaN))).toThrow(RangeError);
    expect(() => wallClockToJson(new Date(NaN))).toThrow(RangeError);
  });

  it('is rounded as PostgreSQL does, half away from 2000', () => {
    const at = (iso: string) => (rounded(new Date(iso), 0) as Date).toISOString();
    expect(at('2026-01-01T00:00:00.500Z')).toBe('2026-01-01T00:00:01.000Z');
    expect(at('1999-12-31T23:59:58.500Z')).toBe('1999-12-31T23:59:58.000Z');
  });
});

describe('a wall clock', () => {
  it.each([
    ['Europe/Berlin', '2026-10-24T23:00:00.000Z', 15],
    ['America/St_Johns', '2026-11-01T02:00:00.000Z', 15],
    ['Australia/Lord_Howe', '2026-04-04T13:00:00.000Z', 15],
    ['Europe/Berlin', '2026-03-28T23:30:00.000Z', 15],
    ['UTC', '2026-10-24T23:00:00.000Z', 15],
  ])('of %s distinguishes all instants around a clock change', (timeZone, from, minutes) => {
    process.env.TZ = timeZone;
    const instants = Array.from(
      { length: 24 },
      (_, index) => new Date(+new Date(from) + index * minutes * 60_000),
    );
    const spelled = instants.map((instant) => wallClockToJson(instant) as string);
    expect(new Set(spelled).size).toBe(instants.length);
    expect(spelled.map((text) => wallClockFromJson(text))).toEqual(instants);
  });

  it('hides the microsecond that marks the second pass from readers of milliseconds', () => {
    process.env.TZ = 'Europe/Berlin';
    expect(wallClockToJson(new Date('2026-10-25T00:30:00.123Z'))).toBe('2026-10-25T02:30:00.123');
    expect(wallClockToJson(new Date('2026-10-25T01:30:00.123Z'))).toBe('2026-10-25T02:30:00.123001');
    expect(wallClockToJson(new Date('2026-10-25T01:30:00.123Z'), 3)).toBe('2026-10-25T02:30:00.123');
  });
});
