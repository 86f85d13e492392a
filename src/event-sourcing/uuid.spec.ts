import { describe, expect, it } from '@jest/globals';
import { parseUuid } from './uuid.js';

const ID = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';

describe('a UUID', () => {
  it.each([
    ID,
    ID.toUpperCase(),
    `{${ID}}`,
    ID.replaceAll('-', ''),
    'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11',
    '{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}',
  ])('is one in every spelling that PostgreSQL takes: %s', (spelling) => {
    expect(parseUuid(spelling)).toBe(ID);
  });

  it.each(['', 'a', `${ID}a`, `{${ID}`, `${ID}-`, ID.replace('a', 'g'), ` ${ID}`, 5])(
    'is none: %s',
    (text) => {
      expect(parseUuid(text as string)).toBeUndefined();
    },
  );
});
