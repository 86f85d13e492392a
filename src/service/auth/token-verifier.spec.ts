import { describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import type { Clock } from '../../event-sourcing/index.js';
import { Unauthenticated } from '../../api/access/access.errors.js';
import { TokenVerifier } from './token-verifier.js';
import { keysFrom } from './verification-keys.js';

const SECRET = 'x'.repeat(32);
const START_S = Date.UTC(2026, 0, 31) / 1_000;

describe('a token that was good', () => {
  /** A verifier whose key can be withdrawn and whose clock stands still. */
  function verifier() {
    const { algorithms, keyOf } = keysFrom({ AUTH_JWT_SECRET: SECRET });
    let checks = 0;
    let seconds = START_S;
    let isWithdrawn = false;
    const countingKeyOf: typeof keyOf = (...token) => {
      checks += 1;
      if (isWithdrawn) throw new Unauthenticated('withdrawn');
      return keyOf(...token);
    };
    const clock: Clock = { now: () => new Date(seconds * 1_000) };
    return {
      tokens: new TokenVerifier({ algorithms, keyOf: countingKeyOf }, {}, clock),
      checks: () => checks,
      at: (later: number) => (seconds = START_S + later),
      withdraw: () => (isWithdrawn = true),
    };
  }
  const tokenFor = (seconds: number) =>
    new SignJWT({ sub: 'a', exp: START_S + seconds })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(SECRET));

  it('is not checked again for a minute', async () => {
    const { tokens, checks, at, withdraw } = verifier();
    const token = await tokenFor(600);
    const actor = await tokens.verify(token);
    withdraw();
    at(59);
    expect(await tokens.verify(token)).toBe(actor);
    expect(checks()).toBe(1);
    at(60);
    await expect(tokens.verify(token)).rejects.toThrow(Unauthenticated);
  });

  it('is not good beyond its time, but for the skew', async () => {
    const { tokens, at } = verifier();
    const token = await tokenFor(5);
    await tokens.verify(token);
    at(34);
    await tokens.verify(token);
    at(35);
    await expect(tokens.verify(token)).rejects.toThrow('The token has expired.');
  });

  it('does not lend its name to one that is not', async () => {
    const { tokens, checks } = verifier();
    const token = await tokenFor(600);
    await tokens.verify(token);
    await expect(tokens.verify(`${token.slice(0, -4)}AAAA`)).rejects.toThrow(Unauthenticated);
    expect(checks()).toBe(2);
  });
});
