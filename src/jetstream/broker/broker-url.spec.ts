import { describe, expect, it } from '@jest/globals';
import { isBrokerUrl } from './broker-url.js';

describe('the URL of a node', () => {
  it.each(['nats://a', 'nats://eve:p@a:4222', 'tls://token@a', 'nats://eve:100%25@a', 'nats://10.0.0.1:1'])(
    'may be %s',
    (url) => expect(isBrokerUrl(url)).toBe(true),
  );

  it.each([
    ['http://a', 'has another scheme'],
    ['nats:a', 'has no host'],
    ['a', 'is none'],
    ['nats://eve:100%@a', 'has a password that cannot be decoded'],
    ['nats://100%@a', 'has a token that cannot be decoded'],
    ['nats://:hunter2@a', 'has a password and no user'],
  ])('cannot be %s, which %s', (url) => expect(isBrokerUrl(url)).toBe(false));
});
