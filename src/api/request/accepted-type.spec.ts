import { describe, expect, it } from '@jest/globals';
import { acceptedType } from './accepted-type.js';

const OFFERED = ['text/plain', 'text/html', 'application/json'] as const;

describe('the media type that a client likes best', () => {
  it.each([
    ['curl', '*/*', 'text/plain'],
    ['a client without a wish', undefined, 'text/plain'],
    ['a client with an empty wish', '', 'text/plain'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', 'text/html'],
    ['a program', 'application/json', 'application/json'],
    ['a program that takes all', 'application/json, text/plain, */*', 'application/json'],
    ['a program of another case', 'Application/JSON', 'application/json'],
    ['a client with grades', 'text/html;q=0.5, application/json;q=0.7', 'application/json'],
    ['a client that names its last wish first', '*/*;q=0.1, text/html', 'text/html'],
    ['a client that leaves one out', 'text/plain;q=0, text/*', 'text/html'],
    ['a client for any text', 'text/*', 'text/plain'],
    ['a client that takes none', 'image/png', 'text/plain'],
    ['a client that writes nonsense', ';;,q=,/', 'text/plain'],
  ])('of %s (%s) is %s', (_, accept, type) => {
    expect(acceptedType(accept, OFFERED)).toBe(type);
  });
});
