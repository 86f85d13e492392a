import { Injectable } from '@nestjs/common';
import type { Actor } from '../../api/access/actor.js';
import type { HttpRequest } from '../../api/request/correlation.js';
import { Unauthenticated } from '../../api/access/access.errors.js';
import { TokenVerifier } from './token-verifier.js';

/** Finds out the sender of a request, once for each request. */
@Injectable()
export class Authentication {
  private readonly asked = new WeakMap<HttpRequest, Promise<Actor>>();

  constructor(private readonly tokens: TokenVerifier) {}

  /** The sender, if its token was checked a moment ago. */
  knownActorOf({ headers: { authorization } }: HttpRequest): Actor | undefined {
    const [, token] = TOKEN.exec(authorization ?? '') ?? [];
    return token === undefined ? undefined : this.tokens.known(token);
  }

  /**
   * @throws Unauthenticated
   * @throws KeysUnavailable
   */
  async actorOf(request: HttpRequest): Promise<Actor> {
    const asked = this.asked.get(request) ?? this.tokens.verify(tokenOf(request));
    this.asked.set(request, asked);
    return asked;
  }
}

export const hasToken = ({ headers }: HttpRequest): boolean => headers.authorization !== undefined;

const TOKEN = /^bearer +([\w.~+/-]+=*)$/i;

function tokenOf({ headers: { authorization } }: HttpRequest): string {
  if (authorization === undefined) throw new Unauthenticated('This needs a bearer token.');
  const match = TOKEN.exec(authorization);
  if (match === null) throw new Unauthenticated('The header Authorization must be "Bearer" and a token.');
  return match[1]!;
}
