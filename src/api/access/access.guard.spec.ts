import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { type Observable, of } from 'rxjs';
import { Forbidden, Unauthenticated } from './access.errors.js';
import { AccessGuard } from './access.guard.js';
import type { AccessOptions, AccessToRoutes } from './access.js';
import { type Actor, actorOf, rememberActor } from './actor.js';
import { Allow } from './allow.decorator.js';

const ID = '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10';

class Routes {
  @Allow('anyone') health() {}
  @Allow('authenticated') stated() {}
  @Allow('self') own() {}
  @Allow('self-registration') register() {}
  forgotten() {}
}

interface Request {
  headers: object;
  params?: object;
  body?: object;
}

function enter(method: keyof Routes, access: AccessToRoutes, request: Request = { headers: {} }) {
  const sent: Record<string, string> = {};
  const setHeader = (_: unknown, name: string, value: string) => (sent[name] = value);
  const guard = new AccessGuard(access, { httpAdapter: { setHeader } } as unknown as HttpAdapterHost);
  const execution = {
    getHandler: () => Routes.prototype[method],
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}) }),
  } as unknown as ExecutionContext;
  return { sent, request, isIn: (async () => guard.canActivate(execution))() };
}

const sender = (subject: string, ...scopes: string[]): Actor => ({ subject, scopes: new Set(scopes) });

/** A thenable that is no `Promise`, as query builders and other libraries have them. */
class Later {
  constructor(readonly actor: Actor) {}

  // oxlint-disable-next-line unicorn/no-thenable
  then(tell: (actor: Actor) => void): void {
    tell(this.actor);
  }
}

/** The ways in which an application names the sender. */
const WAYS: [string, (actor: Actor) => AccessOptions][] = [
  ['at once', (actor) => ({ actor: () => actor })],
  ['later', (actor) => ({ actor: async () => actor })],
  ['by a promise of another kind', (actor) => ({ actor: () => new Later(actor) as never })],
];

describe.each(WAYS)('the guard, where the application says %s who acts', (_how, by) => {
  it('takes a route that states no rule for one that is for administrators', async () => {
    const { isIn, sent } = enter('forgotten', by(sender('player', 'viewing:write')));
    await expect(isIn).rejects.toThrow(Forbidden);
    expect(sent['WWW-Authenticate']).toContain('scope="admin"');
    await expect(enter('forgotten', by(sender('ops', 'admin'))).isIn).resolves.toBe(true);
  });

  it('says to the rest of the request who sends it, by the id that is stored', async () => {
    const { request, isIn } = enter('stated', by(sender(ID.toUpperCase())));
    await expect(isIn).resolves.toBe(true);
    expect(actorOf(request as never)?.subject).toBe(ID);
  });

  it.each([ID, ID.toUpperCase(), `{${ID}}`])('knows a user by any spelling of its id: %s', async (userId) => {
    const request = { headers: {}, params: { userId } };
    await expect(enter('own', by(sender(ID)), request).isIn).resolves.toBe(true);
    await expect(enter('own', by(sender(userId)), request).isIn).resolves.toBe(true);
  });

  it('lets no sender register under the name of a service', async () => {
    await expect(enter('register', by(sender('player'))).isIn).rejects.toThrow(Forbidden);
    const request = { headers: {}, body: { userId: 'player' } };
    await expect(enter('register', by(sender('player')), request).isIn).rejects.toThrow(Forbidden);
    await expect(enter('register', by(sender(ID))).isIn).resolves.toBe(true);
  });
});

describe('the guard', () => {
  it('is closed where nothing says who acts, but for what is for anyone', async () => {
    for (const access of [{}, { actor: () => undefined }, { actor: async () => undefined }]) {
      const { isIn, sent } = enter('stated', access);
      await expect(isIn).rejects.toThrow(Unauthenticated);
      expect(sent['WWW-Authenticate']).toBe('Bearer realm="eventfold"');
    }
    await expect(enter('health', {}).isIn).resolves.toBe(true);
  });

  it('takes the actor that a guard of the application has remembered', async () => {
    const request = { headers: {}, params: { userId: ID } };
    rememberActor(request, sender(ID));
    await expect(enter('own', {}, request).isIn).resolves.toBe(true);
    await expect(enter('forgotten', {}, request).isIn).rejects.toThrow(Forbidden);
  });

  it('lets everybody in where it is told to', async () => {
    for (const method of ['stated', 'own', 'register', 'forgotten'] as const) {
      await expect(enter(method, { open: true }).isIn).resolves.toBe(true);
    }
  });
});

describe('a guard of the application', () => {
  const deciding = (answer: boolean | Promise<boolean> | Observable<boolean>) => ({
    guard: { canActivate: () => answer },
  });

  it.each([true, Promise.resolve(true), of(true)])('lets in alone, whatever the rule is: %p', async (answer) => {
    await expect(enter('forgotten', deciding(answer)).isIn).resolves.toBe(true);
  });

  it.each([false, Promise.resolve(false), of(false)])('keeps out alone, also what is for anyone', async (answer) => {
    await expect(enter('health', deciding(answer)).isIn).rejects.toThrow(Forbidden);
  });
});

describe('a module without access options, which lets no request in', () => {
  it('closes what is for anyone, but for administrators', async () => {
    await expect(enter('health', { isUnsaid: true }).isIn).rejects.toThrow(Unauthenticated);
    const request: Request = { headers: {} };
    rememberActor(request as never, sender('ops', 'admin'));
    await expect(enter('health', { isUnsaid: true }, request).isIn).resolves.toBe(true);
  });
});
