import { Injectable } from '@nestjs/common';
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { canonicalUuid } from '../../event-sourcing/for-service.js';
import { type Clock } from '../../event-sourcing/index.js';
import type { Actor } from '../../api/access/actor.js';
import { isStorableText } from '../../api/request/fields.js';
import { Unauthenticated } from '../../api/access/access.errors.js';
import type { VerificationKeys } from './verification-keys.js';

export interface ExpectedClaims {
  issuer?: string;
  audience?: string;
}

/** How far the clocks of issuer and service may be apart, in s. */
const CLOCK_SKEW_S = 30;
/**
 * How long a valid token is not checked again, in ms. It saves 59.7 of 60 us (HS256). A withdrawn key is valid for this
 * much longer.
 */
const TRUST_FOR_MS = 60_000;
/** The most characters of all remembered tokens. */
const REMEMBERED = 8 * 1_024 * 1_024;
const MAX_TOKEN_LENGTH = 8_192;

interface Verified {
  actor: Actor;
  /** In ms since the epoch. */
  until: number;
}

/** Finds the sender of a token. */
@Injectable()
export class TokenVerifier {
  private readonly verified = new LRUCache<string, Verified>({
    maxSize: REMEMBERED,
    sizeCalculation: (_, token) => token.length,
  });

  constructor(
    private readonly keys: VerificationKeys,
    private readonly expected: ExpectedClaims,
    private readonly clock: Clock,
  ) {}

  /** The sender of a token that was checked a moment ago, and is still trusted. */
  known(token: string): Actor | undefined {
    const known = this.verified.get(token);
    return known !== undefined && known.until > this.clock.now().getTime() ? known.actor : undefined;
  }

  /**
   * @throws Unauthenticated
   * @throws KeysUnavailable when the token cannot be checked
   */
  async verify(token: string): Promise<Actor> {
    const known = this.known(token);
    if (known !== undefined) return known;
    const now = this.clock.now();
    const payload = await this.check(token, now);
    const expiry = (payload.exp! + CLOCK_SKEW_S) * 1_000;
    const actor = { ...actorFrom(payload), expiresAt: new Date(expiry) };
    this.verified.set(token, { actor, until: Math.min(expiry, now.getTime() + TRUST_FOR_MS) });
    return actor;
  }

  private async check(token: string, now: Date): Promise<JWTPayload> {
    if (token.length > MAX_TOKEN_LENGTH) throw new Unauthenticated('The token is too long.');
    try {
      const { payload } = await jwtVerify(token, this.keys.keyOf, {
        ...this.expected,
        algorithms: this.keys.algorithms,
        clockTolerance: CLOCK_SKEW_S,
        currentDate: now,
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new Unauthenticated(reasonOf(error), { cause: error });
      throw error;
    }
  }
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The token's claim "${error.claim}" is not right.`;
  return 'The token cannot be verified.';
}

function actorFrom({ sub, ...claims }: JWTPayload): Actor {
  // The subject goes into metadata and idempotency keys. There, a control character separates it from the client's key.
  if (typeof sub !== 'string' || !/^\P{Cc}{1,255}$/u.test(sub) || !isStorableText(sub)) {
    throw new Unauthenticated('The token\'s claim "sub" is not right.');
  }
  return { subject: canonicalUuid(sub) ?? sub, scopes: scopesOf(claims) };
}

/** `scope` is text with spaces (RFC 8693). Some issuers send a list, or call it `scp`. */
function scopesOf({ scope, scp }: JWTPayload): ReadonlySet<string> {
  const words = [scope, scp].flat().filter((each): each is string => typeof each === 'string');
  return new Set(words.flatMap((each) => each.split(' ')).filter((each) => each !== ''));
}
