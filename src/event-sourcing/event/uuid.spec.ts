import { describe, expect, it } from '@jest/globals';
import { canonicalUuid } from './uuid.js';

const UUID = '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10';

describe('a UUID', () => {
  it.each([
    UUID,
    UUID.toUpperCase(),
    `{${UUID}}`,
    UUID.replaceAll('-', ''),
    '{3F2B8C1E9D474D55A7CB2E2F1D9B6A10}',
    '3f2b-8c1e-9d47-4d55-a7cb-2e2f-1d9b-6a10',
    '3f2b8c1e-9d474d55-a7cb2e2f-1d9b6a10',
  ])('gets one spelling when it is given as %s', (text) => {
    expect(canonicalUuid(text)).toBe(UUID);
  });

  it.each(['00000000-0000-0000-0000-000000000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
    'may have no version: %s',
    (text) => expect(canonicalUuid(text)).toBe(text),
  );

  it.each([
    '',
    'nobody',
    ` ${UUID}`,
    `${UUID}\n`,
    `{${UUID}`,
    `${UUID}}`,
    `{{${UUID}}}`,
    `-${UUID}`,
    `${UUID}-`,
    '3f2b8c1e--9d47-4d55-a7cb-2e2f1d9b6a10',
    '3f2-b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10',
    UUID.slice(1),
    `${UUID}0`,
    `urn:uuid:${UUID}`,
    UUID.replace('3', '３'),
  ])('is not %j', (text) => {
    expect(canonicalUuid(text)).toBeUndefined();
  });
});
