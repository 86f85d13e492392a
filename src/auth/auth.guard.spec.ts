import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { actorOf } from '../http/actor.js';
import { Allow } from '../http/allow.decorator.js';
import { Forbidden } from '../http/access.errors.js';
import { AuthGuard } from './auth.guard.js';
import type { Authentication } from './authentication.js';

class Routes {
  @Allow('authenticated') stated() {}
  forgotten() {}
}

describe.each([true, false])('the guard, where the sender is known already: %p', (isKnown) => {
  const sent: Record<string, string> = {};
  const setHeader = (_: unknown, name: string, value: string) => (sent[name] = value);

  function enter(method: keyof Routes, ...scopes: string[]) {
    const actor = { subject: 'somebody', scopes: new Set(scopes) };
    const authentication = {
      knownActorOf: () => (isKnown ? actor : undefined),
      actorOf: async () => actor,
    } as unknown as Authentication;
    const guard = new AuthGuard(authentication, { httpAdapter: { setHeader } } as unknown as HttpAdapterHost);
    const request = { headers: {} };
    const execution = {
      getHandler: () => Routes.prototype[method],
      switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}) }),
    } as unknown as ExecutionContext;
    return { request, actor, isIn: (async () => guard.canActivate(execution))() };
  }

  it('takes a route that states no rule for one that is for administrators', async () => {
    await expect(enter('forgotten', 'viewing:write').isIn).rejects.toThrow(Forbidden);
    expect(sent['WWW-Authenticate']).toContain('scope="admin"');
    await expect(enter('forgotten', 'admin').isIn).resolves.toBe(true);
  });

  it('says to the rest of the request who sends it', async () => {
    const { request, actor, isIn } = enter('stated');
    await expect(isIn).resolves.toBe(true);
    expect(actorOf(request)).toBe(actor);
  });
});
