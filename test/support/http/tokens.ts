import { SignJWT } from 'jose';
import { createHmac } from 'node:crypto';

export const SECRET = 'a secret of the tests, long enough for HS256';

export type Claims = Record<string, unknown>;
export type Key = Parameters<SignJWT['sign']>[0];

export const nowInS = () => Math.floor(Date.now() / 1_000);

/** A valid token of an issuer, with the given differences. */
export const tokenOf = (claims: Claims, header = { alg: 'HS256' }, key: Key = Buffer.from(SECRET)) =>
  new SignJWT({ exp: nowInS() + 600, ...claims }).setProtectedHeader(header).sign(key);

/** A token that no library makes: any header, any secret. */
export function forgedToken(header: Claims, claims: Claims, secret?: string | Buffer): string {
  const encoded = [header, { exp: nowInS() + 600, ...claims }].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const content = encoded.join('.');
  const signature =
    secret === undefined ? '' : createHmac('sha256', secret).update(content).digest('base64url');
  return `${content}.${signature}`;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
