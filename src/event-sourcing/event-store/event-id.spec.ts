import { describe, expect, it } from '@jest/globals';
import { canonicalUuid } from './event-id.js';

const ID = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';

describe('an event id', () => {
  it.each([
    ID,
    ID.toUpperCase(),
    `{${ID}}`,
    ID.replaceAll('-', ''),
    'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11',
    '{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}',
  ])('is one in every spelling that PostgreSQL takes: %s', (spelling) => {
    expect(canonicalUuid(spelling)).toBe(ID);
  });

  it.each(['', 'a', `${ID}a`, `{${ID}`, `${ID}-`, ID.replace('a', 'g'), ` ${ID}`, 5])(
    'is refused: %s',
    (text) => {
      expect(() => canonicalUuid(text as string)).toThrow(`The event id ${JSON.stringify(text)} is no UUID.`);
    },
  );
});
