import { describe, expect, it } from '@jest/globals';
import { correlationIdOf, madeUpFor } from './correlation.js';
import { InvalidRequest } from './invalid-request.error.js';

const requestWith = (id?: string) => ({ headers: id === undefined ? {} : { 'x-correlation-id': id } });

describe('the correlation id of a request', () => {
  it.each(['mine', '!', '~'.repeat(255), '0b9d2a0e-5f0e-4d5f-8f8e-0f7f3d1b2c3d'])(
    'is the one that the client sent: %s',
    (id) => {
      expect(correlationIdOf(requestWith(id))).toBe(id);
    },
  );

  it('is made up when the client sent none, once for a request', () => {
    const request = requestWith();
    const id = correlationIdOf(request);
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(correlationIdOf(request)).toBe(id);
    expect(madeUpFor(request)).toBe(id);
    expect(correlationIdOf(requestWith())).not.toBe(id);
  });

  it('is the same for middleware on Fastify, which sees the request of Node.js inside of that of controllers', () => {
    const raw = requestWith();
    expect(correlationIdOf({ ...requestWith(), raw } as typeof raw)).toBe(correlationIdOf(raw));
  });

  it.each([
    ['is empty', ''],
    ['is longer than 255 characters', 'x'.repeat(256)],
    ['has a space, as two headers joined into one have', 'one, two'],
    ['has a line break', 'one\r\nSet-Cookie: a=b'],
    ['has a tab', 'one\ttwo'],
    ['has letters beyond ASCII', 'ä'],
    ['has a U+0000', 'a\0'],
  ])('is refused when it %s', (_what, id) => {
    const read = () => correlationIdOf(requestWith(id));
    expect(read).toThrow(InvalidRequest);
    expect(read).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ path: 'X-Correlation-Id' })] }),
    );
  });
});
