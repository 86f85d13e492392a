import { describe, expect, it } from '@jest/globals';
import { MASK, masked, type PersonalNames } from './personal-mask.js';

const FIELDS = new Map<string, unknown>([
  ['email', 'erased'],
  ['name', 'erased'],
  ['addresses', null],
]);
const NAMES: PersonalNames = {
  ofEvent: (type) => (type === 'user.registered' ? FIELDS : undefined),
  ofTable: (table) => (table === '"users"' ? new Map([['email', null]]) : undefined),
  all: FIELDS,
};
const hide = (answer: unknown) => masked(answer, NAMES);
const event = { type: 'user.registered', data: { id: 1, name: 'Ada', addresses: ['Oak Street 1'] } };

describe('the mask of personal values', () => {
  it('hides the declared fields of an event, wherever it stands', () => {
    expect(hide({ items: [{ event }] })).toEqual({
      items: [{ event: { type: 'user.registered', data: { id: 1, name: MASK, addresses: MASK } } }],
    });
    expect(hide({ type: 'content.watched', data: { name: 'Ada' } })).toEqual({
      type: 'content.watched',
      data: { name: 'Ada' },
    });
  });

  it('hides the declared columns of a table, before and after', () => {
    const row = { id: 1, email: 'ada@example.org', name: 'a title' };
    expect(hide({ table: '"users"', rows: [row], before: row, after: null })).toEqual({
      table: '"users"',
      rows: [{ ...row, email: MASK }],
      before: { ...row, email: MASK },
      after: null,
    });
    expect(hide({ table: '"films"', rows: [row] })).toEqual({ table: '"films"', rows: [row] });
  });

  it('hides the fields of a state, and their changes, by name', () => {
    const at = new Date(0);
    expect(
      hide({
        state: { email: 'ada@example.org', plan: { name: 'Ada' }, at },
        changes: [
          { path: '/email', before: null, after: 'ada@example.org' },
          { path: '/plan', before: 'free', after: 'premium' },
        ],
      }),
    ).toEqual({
      state: { email: MASK, plan: { name: MASK }, at },
      changes: [
        { path: '/email', before: null, after: MASK },
        { path: '/plan', before: 'free', after: 'premium' },
      ],
    });
  });

  it('replaces hidden values in sentences, and no part of an id', () => {
    const error = 'Key (name)=(Ada) already exists. Oak Street 1 as well.';
    expect(hide({ event, error, id: 'Ada-1' })).toMatchObject({
      error: `Key (name)=(${MASK}) already exists. ${MASK} as well.`,
      id: 'Ada-1',
    });
  });

  it('hides what looks like an e-mail address in a sentence, also where nothing was hidden', () => {
    const error = 'Key (email)=(ann.öz+tv@mail.example.org) exists, "bob@example.com" <eve@example.io>.';
    const plain = { type: 'user.preferences_updated', data: { preferences: [] } };
    expect(hide({ event: plain, error, detail: 'at 5 @ noon', id: 'ann@example.org' })).toEqual({
      event: plain,
      error: `Key (email)=(${MASK}) exists, "${MASK}" <${MASK}>.`,
      detail: 'at 5 @ noon',
      id: 'ann@example.org',
    });
  });

  it('leaves what an erasure has left, and what is not there', () => {
    const erased = { type: 'user.registered', data: { email: 'erased', name: null } };
    expect(hide({ event: erased, error: 'is erased' })).toEqual({ event: erased, error: 'is erased' });
  });
});
