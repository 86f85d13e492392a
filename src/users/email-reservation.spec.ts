import { describe, expect, it } from '@jest/globals';
import { reserveEmail } from './email-reservation.js';
import { EmailReserved } from './user.events.js';

describe('reserving an e-mail address', () => {
  it('claims a stream that must not exist yet, for the user', () => {
    const { expectedVersion, events } = reserveEmail('ada@example.org', 'user-1');
    expect(expectedVersion).toBe('no-stream');
    expect(events).toStrictEqual([new EmailReserved({ userId: 'user-1' })]);
  });

  it('claims the same stream for every user, however the letters are written', () => {
    const { streamId } = reserveEmail('ada.lovelace@example.org', 'user-1');
    expect(reserveEmail('Ada.Lovelace@Example.ORG', 'user-2').streamId).toBe(streamId);
  });

  it.each([
    ['jos\u00e9@example.org', 'jose\u0301@example.org'],
    ['ada@b\u00fccher.example', 'Ada@xn--bcher-kva.example'],
    ['ada@b\u00fccher.example', 'ada@BU\u0308CHER.example'],
  ])('claims the same stream for two spellings of one address: %s, %s', (one, other) => {
    expect(reserveEmail(other, 'user-2').streamId).toBe(reserveEmail(one, 'user-1').streamId);
  });

  it('claims another stream for another address', () => {
    const { streamId } = reserveEmail('ada@example.org', 'user-1');
    for (const other of [
      'ada@example.com',
      'ad.a@example.org',
      'ada+films@example.org',
      'ada@example.org ',
    ]) {
      expect(reserveEmail(other, 'user-1').streamId).not.toBe(streamId);
    }
  });

  it('has a stream id that stays the same for ever and does not show the address', () => {
    // sha256('ada@example.org'): earlier versions wrote streams under this id.
    const digest = 'cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d';
    expect(reserveEmail('ada@example.org', 'user-1').streamId).toBe(`email-${digest}`);
  });
});
