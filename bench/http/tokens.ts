import { createHmac } from 'node:crypto';

/** The key for the check of tokens. It is no secret: the processes of the clients have it, too. */
const AUTH_JWT_SECRET = 'for benchmarks on loopback, and for nothing else';
const VALID_FOR_S = 86_400;

/** The environment of a service that asks for tokens. */
export const asksForTokens = (): NodeJS.ProcessEnv => ({ AUTH_JWT_SECRET });

/** The header that names a user, signed by HS256. */
export function authorizationOf(userId: string): { authorization: string } {
  const signed = [
    { alg: 'HS256', typ: 'JWT' },
    { sub: userId, exp: Math.floor(Date.now() / 1_000) + VALID_FOR_S },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = createHmac('sha256', AUTH_JWT_SECRET).update(signed).digest('base64url');
  return { authorization: `Bearer ${signed}.${signature}` };
}
