import { describe, expect, it } from '@jest/globals';
import { answerOf } from './receipt.js';

function locationFor(requestUrl: string): string | undefined {
  const headers: Record<string, string> = {};
  const setHeader = (name: string, value: string) => void (headers[name] = value);
  answerOf({ version: 1, userId: 'ada', position: 2, location: 'ada' }, setHeader, () => requestUrl);
  return headers['Location'];
}

describe('the Location of what was created', () => {
  it.each([
    ['/users', '/users/ada'],
    ['/users/', '/users/ada'],
    ['/api/v1/users', '/api/v1/users/ada'],
    ['/users?notify=/a/b', '/users/ada'],
    ['/users#top', '/users/ada'],
    ['/users/#?', '/users/ada'],
    ['http://elsewhere.example/users', '/users/ada'],
    ['http://elsewhere.example/users?next=http://a/b', '/users/ada'],
    ['https://elsewhere.example:8443//users/', '/users/ada'],
    ['//elsewhere.example/users', '/elsewhere.example/users/ada'],
  ])('is, for a request to %s, the path %s', (requestUrl, location) => {
    expect(locationFor(requestUrl)).toBe(location);
  });

  it.each(['#', '/', '?', '/?', '://'])('is found as fast for an address with 100,000 of %j', (end) => {
    const start = performance.now();
    locationFor(`/users${end.repeat(100_000)}x`);
    locationFor(`/users${end.repeat(100_000)}`);
    expect(performance.now() - start).toBeLessThan(250);
  });
});
