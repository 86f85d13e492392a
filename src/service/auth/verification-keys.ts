/**
 * The keys for the check of tokens. The kind of key fixes the algorithms, never the token: a token that says `HS256`
 * must not be checked with a public key as its secret, and a token that says `none` must be refused.
 */
import { Logger } from '@nestjs/common';
import { createRemoteJWKSet, errors, type JWTHeaderParameters, type JWTVerifyGetKey } from 'jose';
import { webcrypto } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Settings } from '../config/settings.js';
import { KeysUnavailable } from '../../api/access/access.errors.js';

export interface VerificationKeys {
  readonly algorithms: string[];
  readonly keyOf: JWTVerifyGetKey;
}

/** One of the two is set; see `readSettings`. */
export type KeySource = Pick<Settings, 'AUTH_JWKS_URL' | 'AUTH_JWT_SECRET'>;

export const keysFrom = ({ AUTH_JWKS_URL, AUTH_JWT_SECRET }: KeySource): VerificationKeys =>
  AUTH_JWKS_URL === undefined ? sharedSecret(AUTH_JWT_SECRET!) : new RemoteKeys(new URL(AUTH_JWKS_URL));

function sharedSecret(secret: string): VerificationKeys {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  // Imported once: jose would import the bytes for every token, which takes as long as to check a token.
  const key = webcrypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify']);
  return { algorithms: ['HS256'], keyOf: () => key };
}

/** The time limit for an answer with keys, and how long its keys are used, in ms. */
const PATIENCE_MS = 3_000;
const FRESH_FOR_MS = 600_000;
/** The least time between two look-ups of an unknown key, in ms: false key ids must not cause more requests. */
const COOL_DOWN_MS = 1_000;

/** The published keys of an issuer, fetched on demand and kept. A new key is found when a token names it. */
export class RemoteKeys implements VerificationKeys {
  readonly algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
  private readonly logger = new Logger('Auth');
  private readonly remote: ReturnType<typeof createRemoteJWKSet>;
  private nextLook: Promise<void> | undefined;

  constructor(url: URL) {
    this.remote = createRemoteJWKSet(url, {
      timeoutDuration: PATIENCE_MS,
      cacheMaxAge: FRESH_FOR_MS,
      cooldownDuration: COOL_DOWN_MS,
    });
  }

  readonly keyOf = async (header: JWTHeaderParameters) => {
    try {
      return await this.find(header);
    } catch (error) {
      if (isTokensFault(error)) throw error;
      this.logger.warn(`AUTH_JWKS_URL: ${reasonOf(error)}`);
      throw new KeysUnavailable({ cause: error });
    }
  };

  /**
   * Looks up an unknown key at once, or a moment later when there was a look-up just before. So a token with a new key
   * waits, and is not refused.
   */
  private async find(header: JWTHeaderParameters) {
    const { coolingDown } = this.remote;
    try {
      return await this.remote(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !coolingDown) throw error;
    }
    await (this.nextLook ??= this.lookAgain());
    return this.remote(header);
  }

  private async lookAgain(): Promise<void> {
    try {
      await wait(COOL_DOWN_MS, undefined, { ref: false });
      await this.remote.reload();
    } finally {
      this.nextLook = undefined;
    }
  }
}

const isTokensFault = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;

/** An operator needs the cause of `fetch`'s error: `ECONNREFUSED`, a wrong certificate. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
