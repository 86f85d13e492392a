import { describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import {
  Column,
  type ColumnOptions,
  CreateDateColumn,
  Entity,
  Generated,
  PrimaryColumn,
  type PrimaryColumnOptions,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { metadataOf } from '../../postgres/entity-metadata.js';
import { RowColumns } from './row-columns.js';
import { UnsupportedColumnError } from './unsupported-column.js';

type Row = Record<string, unknown>;

/** An entity with the column, and with a key unless the column is the key. */
function columnsWith(decorate: (target: object, property: string) => void, isKey = false): RowColumns<Row> {
  class Thing {}
  decorate(Thing.prototype, 'value');
  if (!isKey) PrimaryColumn('text')(Thing.prototype, 'id');
  Entity()(Thing);
  return new RowColumns<Row>(Thing as Type<Row>, metadataOf(Thing));
}

const ofKey = (type: string, options: ColumnOptions = {}) =>
  columnsWith(PrimaryColumn(type as 'text', options as PrimaryColumnOptions), true);
const of = (type: string, options: ColumnOptions = {}) =>
  columnsWith(Column({ type, ...options } as ColumnOptions));

describe('a key', () => {
  const noon = new Date('2026-07-01T12:00:00.000Z');
  it.each<[string, ColumnOptions, unknown[], unknown]>([
    [
      'uuid',
      {},
      ['3F2B8C1E-9D47-4D55-A7CB-2E2F1D9B6A10', '{3f2b8c1e9d474d55a7cb2e2f1d9b6a10}'],
      '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a11',
    ],
    ['numeric', {}, [1, '1', '1.0', '1e0', '+01.00', 1n], '1.01'],
    ['numeric', { precision: 10, scale: 2 }, ['1.005', 1.01, '1.0099'], '1.00'],
    ['bigint', {}, ['9007199254740993', 9007199254740993n, ' 9007199254740993'], '9007199254740992'],
    ['integer', {}, [7, '7', '007'], 70],
    ['char', { length: 5 }, ['ab', 'ab   '], ' ab'],
    ['text', {}, ['ab', 'ab'], 'ab '],
    ['timestamptz', {}, [noon, '2026-07-01T14:00:00+02:00'], new Date(+noon + 1)],
    ['timestamptz', { precision: 0 }, [noon, new Date(+noon + 499)], new Date(+noon + 500)],
    ['date', {}, ['2026-07-01', new Date(2026, 6, 1)], '2026-07-02'],
    ['boolean', {}, [true, 'yes', 't'], false],
    ['double precision', {}, [0, -0, '0'], 1e-300],
    ['bytea', {}, [Buffer.from('a'), new Uint8Array([97]), '\\x61'], Buffer.from('b')],
  ])('of type %s %j is the same however it is written', (type, options, spellings, other) => {
    const columns = ofKey(type, options);
    const identities = new Set(spellings.map((value) => columns.identify({ value })));
    expect(identities.size).toBe(1);
    expect(identities).not.toContain(columns.identify({ value: other }));
    expect(new Set(spellings.map((value) => columns.describe({ value }))).size).toBe(1);
  });

  it('that is a date is refused in a format that only PostgreSQL reads', () => {
    expect(() => ofKey('date').identify({ value: 'July 1, 2026' })).toThrow('must be spelled YYYY-MM-DD');
  });
});

describe('a column is refused', () => {
  const refusal = (build: () => unknown): string => {
    try {
      build();
    } catch (error) {
      expect(error).toBeInstanceOf(UnsupportedColumnError);
      return (error as Error).message;
    }
    throw new Error('It was not refused.');
  };

  it.each([
    ['citext', 'is of type "citext", which cannot be a key: PostgreSQL compares it without regard to case'],
    ['interval', 'is of type "interval", which cannot be a key: "1 day" and "24 hours" are the same'],
    [
      'inet',
      'is of type "inet", which cannot be a key: only PostgreSQL knows when two of its values are the same',
    ],
    ['jsonb', 'is of type "jsonb", which cannot be a key'],
  ])('that is a key of type %s', (type, sentence) => {
    expect(refusal(() => ofKey(type))).toContain(`Thing.value ${sentence}`);
  });

  it.each<[string, ColumnOptions, string]>([
    ['geometry', {}, 'is of type "geometry": TypeORM wraps it into functions of PostGIS'],
    ['hstore', { array: true }, 'is of type "hstore" array, of which arrays are not supported'],
  ])('of type %s %j', (type, options, sentence) => {
    expect(refusal(() => of(type, options))).toContain(`Thing.value ${sentence}`);
  });

  it.each([
    ['the time of writing', CreateDateColumn(), 'is a @CreateDateColumn, which is the time of writing'],
    [
      'the time of the last write',
      UpdateDateColumn(),
      'is a @UpdateDateColumn, which is the time of writing',
    ],
    ['the number of writes', VersionColumn(), 'is a @VersionColumn, which counts writes'],
    ['what the database makes up', generatedUuid, 'is numbered or made up by the database'],
  ])('that is %s', (_what, decorate, sentence) => {
    expect(refusal(() => columnsWith(decorate as PropertyDecorator))).toContain(`Thing.value ${sentence}`);
  });

  it('that TypeORM reads as a string while the class says number', () => {
    class Account {
      @Column('bigint') cents: number;
    }
    PrimaryColumn('text')(Account.prototype, 'id');
    Entity()(Account);
    expect(refusal(() => new RowColumns(Account, metadataOf(Account)))).toContain(
      'Account.cents is a number in its class and of type "bigint", which TypeORM reads as a string: "10" + 5 would be "105"',
    );
  });
});

function generatedUuid(target: object, property: string): void {
  Column('uuid')(target, property);
  Generated('uuid')(target, property);
}

describe('a property that was left undefined', () => {
  const settled = (type: string, options: ColumnOptions, row: Row = { id: 'a' }) =>
    of(type, options).settle(row).value;

  it.each<[string, ColumnOptions, unknown]>([
    ['integer', {}, null],
    ['integer', { default: 7 }, 7],
    ['integer', { default: '7' }, 7],
    ['bigint', { default: 7 }, '7'],
    ['numeric', { precision: 10, scale: 2, default: 0 }, '0.00'],
    ['text', { default: "it's" }, "it's"],
    ['boolean', { default: false }, false],
    ['jsonb', { default: { a: [] } }, { a: [] }],
    ['jsonb', { default: () => `'{"a": 1}'::jsonb` }, { a: 1 }],
    ['text', { array: true, default: '{}' }, []],
    ['text', { array: true, default: () => `'{a,b}'` }, ['a', 'b']],
    ['date', { default: '2026-01-02' }, '2026-01-02'],
    ['timestamptz', { default: '2026-01-02T00:00:00Z' }, new Date('2026-01-02T00:00:00Z')],
    ['integer', { default: () => '0' }, 0],
  ])('of type %s %j gets the default of its column', (type, options, value) => {
    expect(settled(type, options)).toEqual(value);
    expect(settled(type, options, { id: 'a', value: null })).toBeNull();
  });

  it('gets its own copy of the default', () => {
    const columns = of('jsonb', { default: { list: [] } });
    const first = columns.settle({ id: 'a' });
    (first.value as { list: number[] }).list.push(1);
    expect(columns.settle({ id: 'b' }).value).toEqual({ list: [] });
  });

  it.each(['now()', 'gen_random_uuid()', `nextval('numbers')`, `'a' || 'b'`])(
    'is an error when the default is %s',
    (expression) => {
      expect(() => settled('text', { default: () => expression })).toThrow(
        'Thing.value was left undefined, and its default is an expression of the database',
      );
    },
  );
});

describe('columns that the database computes', () => {
  it('are left to the database', () => {
    const columns = of('integer', { asExpression: 'id::integer', generatedType: 'STORED' });
    expect(columns.all.map(({ name }) => name)).toEqual(['id']);
  });
});
