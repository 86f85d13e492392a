import { describe, expect, it } from '@jest/globals';
import { originOf } from './origin.js';

const raw = { socket: { localAddress: '127.0.0.1', localPort: 3000 } };

describe('where a client has reached the service', () => {
  it.each(['127.0.0.1:3000', 'localhost:8080', 'films.example.org', '[::1]:3000'])('is %s', (host) => {
    expect(originOf({ headers: { host }, raw })).toBe(`http://${host}`);
  });

  it('is by HTTPS when a proxy says so', () => {
    const headers = { host: 'films.example.org', 'x-forwarded-proto': 'https' };
    expect(originOf({ headers, raw })).toBe('https://films.example.org');
  });

  it.each(['a;rm', '$(id)', 'a b', '<b>', "a'b", 'a/b', 'a:b', '', undefined])(
    'is where the connection ends when the client says %j, which no shell should be given',
    (host) => {
      expect(originOf({ headers: { host, 'x-forwarded-proto': 'gopher' }, raw })).toBe(
        'http://127.0.0.1:3000',
      );
    },
  );

  it('is an IPv6 address in brackets', () => {
    const socket = { localAddress: '::1', localPort: 3000 };
    expect(originOf({ headers: {}, raw: { socket } })).toBe('http://[::1]:3000');
  });
});
