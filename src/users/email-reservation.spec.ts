import { describe, expect, it } from '@jest/globals';
import { createSecretKey } from 'node:crypto';
import { emailStream, formerEmailStream, releaseEmail, reserveEmail } from './email-reservation.js';
import { EmailReleased, EmailReserved } from './user.events.js';

const secret = createSecretKey(Buffer.alloc(32, 7));

describe('reserving an e-mail address', () => {
  it('claims a stream that must not exist yet, for the user', () => {
    expect(reserveEmail('email-h1-00', 'user-1')).toStrictEqual({
      streamId: 'email-h1-00',
      expectedVersion: 'no-stream',
      events: [new EmailReserved({ userId: 'user-1' })],
    });
  });

  it('ends with a release by its user', () => {
    expect(releaseEmail('email-h1-00', 'user-1', 1)).toStrictEqual({
      streamId: 'email-h1-00',
      expectedVersion: 1,
      events: [new EmailReleased({ userId: 'user-1' })],
    });
  });
});

describe.each([
  ['the stream of an address', (email: string) => emailStream(email, secret)],
  ['its stream in a log of before keys', formerEmailStream],
])('%s', (_, streamOf) => {
  it.each([
    ['ada.lovelace@example.org', 'Ada.Lovelace@Example.ORG'],
    ['jos\u00e9@example.org', 'jose\u0301@example.org'],
    ['ada@b\u00fccher.example', 'Ada@xn--bcher-kva.example'],
    ['ada@b\u00fccher.example', 'ada@BU\u0308CHER.example'],
  ])('is the same for two spellings of one address: %s, %s', (one, other) => {
    expect(streamOf(other)).toBe(streamOf(one));
  });

  it.each(['ada@example.com', 'ad.a@example.org', 'ada+films@example.org', 'ada@example.org '])(
    'is another one for another address: %s',
    (other) => {
      expect(streamOf(other)).not.toBe(streamOf('ada@example.org'));
    },
  );
});

describe('the name of the stream of an address', () => {
  it('is under a secret', () => {
    const other = createSecretKey(Buffer.alloc(32, 8));
    expect(emailStream('ada@example.org', other)).not.toBe(emailStream('ada@example.org', secret));
    expect(emailStream('ada@example.org', secret)).toBe(
      'email-h1-0d178c15a364d3f7534ef6840d33a7f401ac9838bb694f06de064b211508c06b',
    );
  });

  it('was a digest before', () => {
    const digest = 'cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d';
    expect(formerEmailStream('ada@example.org')).toBe(`email-${digest}`);
  });
});
