/** The log of operations names who acted, by whichever way the act came. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { EventSourcingModule, EventStore } from '../../src/event-sourcing/index.js';
import { OperationsModule, type OperationsOptions, rememberActor } from '../../src/operations/index.js';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { eventfold } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { ADAPTERS, hostDataSource, hostModule, startWebHost } from '../support/hosts/web-host.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { bearer, SECRET, tokenOf } from '../support/http/tokens.js';
import { createEmptyDatabase } from '../support/test-database.js';

const PATH = '/projections/user-profile';

describe('the service with tokens', () => {
  let service: TestService;
  let headers: Record<string, string>;

  beforeAll(async () => {
    service = await startTestService({ AUTH_JWT_SECRET: SECRET });
    headers = bearer(await tokenOf({ sub: 'ann', scope: 'admin' }));
  });
  afterAll(() => service.stop());

  const operations = async (query = '') =>
    (await service.api.get(`/operations${query}`, headers)).body as {
      items: any[];
      nextCursor: string | null;
    };

  /** A user whose profile cannot be written. */
  async function parkedUser(): Promise<string> {
    const userId = randomUUID();
    await service.app.get(EventStore).appendToStream(`user-${userId}`, 'any', [
      {
        type: 'user.registered',
        data: { userId, email: 'a@example.org', name: null, initialPreferences: [] },
      },
    ]);
    await eventually(async () =>
      expect((await service.api.get(`${PATH}/parked`, headers)).body.items).toHaveLength(1),
    );
    return userId;
  }

  it('names the subject of the token, and keeps the reason for a skip', async () => {
    const key = await parkedUser();
    const skip = `${PATH}/parked/${key}/skip`;
    for (const reason of ['', 5, 'x'.repeat(1_001)]) {
      expect((await service.api.post(skip, { reason }, headers)).status).toBe(400);
    }
    const reason = 'imported "twice"';
    expect((await service.api.post(skip, { reason }, headers)).status).toBe(200);
    expect((await service.api.post(skip, undefined, headers)).status).toBe(404);
    expect((await operations()).items).toEqual([
      {
        id: expect.any(Number),
        at: expect.stringMatching(/^20.*Z$/),
        actor: 'ann',
        act: 'skip',
        parameters: { projection: 'user-profile', key },
        outcome: 'refused',
        detail: `"${key}" is not parked in projection "user-profile".`,
      },
      expect.objectContaining({
        actor: 'ann',
        parameters: { projection: 'user-profile', key, reason },
        outcome: 'done',
        detail: expect.stringContaining('Skipped the event at position'),
      }),
    ]);
  });

  it('records nothing of a sender without the right', async () => {
    const before = await operations();
    const others = bearer(await tokenOf({ sub: 'eve' }));
    expect((await service.api.post(`${PATH}/pause`, undefined, others)).status).toBe(403);
    expect(await operations()).toEqual(before);
  });

  it('lists pages, and the acts on one projection', async () => {
    for (const name of ['user-profile', 'content-popularity']) {
      await service.api.post(`/projections/${name}/pause`, undefined, headers);
      await service.api.post(`/projections/${name}/resume`, undefined, headers);
    }
    const first = await operations('?limit=1&projection=content-popularity');
    expect(first).toMatchObject({ items: [{ act: 'resume' }], nextCursor: String(first.items[0].id) });
    const second = await operations(`?limit=1&projection=content-popularity&after=${first.nextCursor}`);
    expect(second).toMatchObject({ items: [{ act: 'pause' }], nextCursor: null });
    expect((await operations('?limit=2')).items.map(({ act }) => act)).toEqual(['resume', 'pause']);
    for (const query of ['?limit=0', '?after=x', '?projection=', '?more=1']) {
      expect((await service.api.get(`/operations${query}`, headers)).status).toBe(400);
    }
  });

  it('lists the rebuilds that have ended, with who asked for them', async () => {
    await service.api.post(`${PATH}/rebuild`, undefined, headers);
    await eventually(async () =>
      expect((await service.api.get(`${PATH}/rebuilds`, headers)).body).toMatchObject({
        items: [{ outcome: 'exchanged', by: 'ann', hold: false, report: { tables: [{ differing: 0 }] } }],
        nextCursor: null,
      }),
    );
  });

  it('names the user of the system for a command of the command line, which lists all of it', async () => {
    const environment = { DATABASE_URL: service.database.url };
    expect((await eventfold(environment, 'projections', 'pause', 'user-profile')).code).toBe(0);
    expect((await eventfold(environment, 'projections', 'pause', 'user-profile')).code).toBe(1);
    const user = `${userInfo().username}@${hostname()}`;
    const listed = await eventfold(environment, 'operations', 'list', '--limit', '2');
    const [head, refused, done] = listed.out.split('\n');
    expect(head).toMatch(/^id +at +actor +act +parameters +outcome +detail$/);
    for (const line of [refused, done]) expect(line).toContain(`${user}  pause  projection=user-profile`);
    expect(refused).toMatch(/refused +user-profile is paused already/);
    expect(listed.err).toMatch(/^There are more: --after \d+\n$/);
    const json = await eventfold(environment, 'operations', 'list', '--projection', 'user-profile', '--json');
    expect(JSON.parse(json.out)).toEqual(await operations('?projection=user-profile'));
    const rebuilds = await eventfold(environment, 'projections', 'rebuilds', 'user-profile');
    expect(rebuilds.out).toMatch(/\n\d+ +20\S+Z +\d+ s +\S+ +exchanged +ann +0 +0 +0\n/);
    const none = await eventfold(environment, 'projections', 'rebuilds', 'content-popularity');
    expect(none).toMatchObject({ code: 0, out: '', err: 'No rebuild of content-popularity has ended.\n' });
  });
});

describe.each(Object.keys(ADAPTERS))('a host on %s', (adapter) => {
  @Injectable()
  class HostGuard implements CanActivate {
    canActivate(execution: ExecutionContext): boolean {
      const request = execution.switchToHttp().getRequest();
      rememberActor(request, { subject: request.headers['x-user'], scopes: new Set() });
      return true;
    }
  }
  const admin = (request: { headers: Record<string, string> }) => ({
    subject: request.headers['x-user']!,
    scopes: new Set(['admin']),
  });

  it.each<[string, OperationsOptions, string | null]>([
    ['the actor that its guard remembers', { guard: HostGuard }, 'ann'],
    ['the actor that its option returns', { actor: admin }, 'ann'],
    ['no actor where it is open', { open: true }, null],
  ])('names %s', async (_, access, actor) => {
    const database = await createEmptyDatabase();
    const modules = [
      EventSourcingModule.forRoot(),
      UserProfileModule.forRoot({ controllers: false }),
      OperationsModule.forRoot(access),
    ];
    const host = await startWebHost(adapter, hostModule([hostDataSource(database)], modules));
    try {
      const headers = { 'x-user': 'ann' };
      expect((await host.send('POST', `${PATH}/pause`, undefined, headers)).status).toBe(202);
      const { body } = await host.send('GET', '/operations', undefined, headers);
      expect(body.items).toMatchObject([{ act: 'pause', actor, outcome: 'done' }]);
    } finally {
      await host.app.close();
      await database.drop();
    }
  });
});
