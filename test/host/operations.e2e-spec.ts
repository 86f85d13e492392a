/** The parts of Eventfold for operators of a host: routes behind its guard, and metrics in its registry. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  Injectable,
  Module,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { EventSourcingModule } from '../../src/event-sourcing/index.js';
import { EventfoldMetricsModule, type EventfoldMetricsOptions } from '../../src/metrics/index.js';
import { OperationsModule, type OperationsOptions, rememberActor } from '../../src/operations/index.js';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { UsersModule } from '../../src/users/users.module.js';
import { eventually } from '../support/eventually.js';
import { samplesOf } from '../support/samples.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import {
  ADAPTERS,
  hostDataSource,
  hostModule,
  startWebHost,
  type WebHost,
} from '../support/hosts/web-host.js';

const ada = () => ({ userId: randomUUID(), email: `${randomUUID()}@example.org`, name: 'Ada' });
const KEY = { 'x-operator': 'secret' };

/** A dependency of the host's guard, from a module of the host. */
@Injectable()
class Operators {
  isOne = (key: unknown) => key === KEY['x-operator'];
}

@Module({ providers: [Operators], exports: [Operators] })
class OperatorsModule {}

@Injectable()
class OperatorGuard implements CanActivate {
  constructor(private readonly operators: Operators) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    return this.operators.isOne(execution.switchToHttp().getRequest().headers['x-operator']);
  }
}

/** The host's format for errors. It must apply only to the host's own routes. */
@Catch()
class HostFilter implements ExceptionFilter {
  constructor(private readonly adapter: AbstractHttpAdapter) {}

  catch(_error: unknown, host: ArgumentsHost): void {
    this.adapter.reply(host.switchToHttp().getResponse(), { oops: true }, 418);
  }
}

/** Many hosts have these: a prefix, versions, a pipe that validates and converts, and a filter. */
function usual(app: INestApplication): void {
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  app.useGlobalPipes(
    new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      transformOptions: { enableImplicitConversion: true },
    }),
  );
  app.useGlobalFilters(new HostFilter(app.getHttpAdapter() as AbstractHttpAdapter));
}

let database: TestDatabase;
beforeAll(async () => (database = await createEmptyDatabase()));
afterAll(() => database.drop());

const start = (
  adapter: string,
  imports: Parameters<typeof hostModule>[1],
  configure?: (app: INestApplication) => void,
) =>
  startWebHost(
    adapter,
    hostModule(
      [hostDataSource(database)],
      [
        EventSourcingModule.forRoot(),
        UsersModule.forRoot({ open: true }),
        UserProfileModule.forRoot({ open: true }),
        ...imports,
      ],
    ),
    configure,
  );

describe.each(Object.keys(ADAPTERS))('operations in a host on %s', (adapter) => {
  describe('with a guard, under its prefix and version', () => {
    let host: WebHost;
    const ops = (method: string, path: string, body?: unknown, headers: Record<string, string> = KEY) =>
      host.send(method, `/api/v1/ops/eventfold${path}`, body, headers);

    beforeAll(async () => {
      const operations = OperationsModule.forRoot({
        path: 'ops/eventfold',
        guard: OperatorGuard,
        imports: [OperatorsModule],
      });
      host = await start(adapter, [operations], usual);
    });
    afterAll(() => host.app.close());

    it('shows what a command has done: its event, its stream, the projection that has folded it', async () => {
      const body = ada();
      const { position } = (await host.send('POST', '/api/v1/users', body)).body;
      const profile = `/api/v1/users/${body.userId}/profile`;
      const row = await host.send('GET', profile, undefined, { 'read-after': String(position) });
      expect(row).toMatchObject({ status: 200, body: { email: body.email } });
      const stream = await ops('GET', `/streams/user-${body.userId}?limit=1&direction=backwards`);
      expect(stream.body.items).toMatchObject([{ type: 'user.registered', data: { email: body.email } }]);
      const events = await ops('GET', `/events?after=${position - 1}&type=user.registered&limit=5`);
      expect(events.body.items).toMatchObject([{ position }]);
      await eventually(async () => {
        const { items } = (await ops('GET', '/projections')).body;
        expect(items).toMatchObject([{ name: 'user-profile', status: 'running', lagEvents: 0 }]);
      });
    });

    it('pauses a projection and lets it go on', async () => {
      const paused = await ops('POST', '/projections/user-profile/pause');
      expect(paused).toMatchObject({ status: 202, body: { status: 'paused' } });
      expect(await ops('POST', '/projections/user-profile/pause')).toMatchObject({
        status: 409,
        body: { type: 'projection.already-paused' },
      });
      expect((await ops('POST', '/projections/user-profile/resume')).status).toBe(202);
      await eventually(async () => {
        expect((await ops('GET', '/projections/user-profile')).body.status).toBe('running');
      });
    });

    it('takes the body of a rebuild, and says what is wrong with one', async () => {
      const wrong = await ops('POST', '/projections/user-profile/rebuild', { hold: 'perhaps', more: 1 });
      expect(wrong).toMatchObject({ status: 400, body: { type: 'invalid-request' } });
      expect(wrong.body.errors).toContainEqual(expect.objectContaining({ path: 'more' }));
      expect((await ops('POST', '/projections/user-profile/rebuild', { hold: true })).status).toBe(202);
      expect((await ops('DELETE', '/projections/user-profile/rebuild')).status).toBe(202);
    });

    it('shows a parked key, and folds it again when it is retried', async () => {
      const body = ada();
      const constraint = `not_${adapter.toLowerCase()}`;
      await database.query(
        `alter table eventfold.user_profiles add constraint ${constraint} check (email <> '${body.email}')`,
      );
      await host.send('POST', '/api/v1/users', body);
      const parked = '/projections/user-profile/parked';
      await eventually(async () => {
        const { items } = (await ops('GET', `${parked}?limit=10`)).body;
        expect(items).toMatchObject([{ key: body.userId, waiting: 1, event: { type: 'user.registered' } }]);
      });
      const still = await ops('POST', `${parked}/${body.userId}/retry`);
      expect(still).toMatchObject({ status: 200, body: { folded: 0, parked: {} } });
      await database.query(`alter table eventfold.user_profiles drop constraint ${constraint}`);
      const free = await ops('POST', `${parked}/${body.userId}/retry`);
      expect(free).toMatchObject({ status: 200, body: { key: body.userId, folded: 1 } });
    });

    it('says how the event store is', async () => {
      expect(await ops('GET', '/health/ready?strict=true')).toMatchObject({
        status: 200,
        body: { status: 'ok', checks: { database: 'ok', migrations: 'ok', projections: 'ok' } },
      });
    });

    it.each([
      ['GET', '/projections'],
      ['POST', '/projections/user-profile/pause'],
      ['POST', '/projections/user-profile/parked/a/retry'],
      ['GET', '/streams/user-1'],
      ['GET', '/events'],
      ['GET', '/health/live'],
      ['GET', '/health/ready'],
    ])('answers 403 where its guard says no: %s %s', async (method, path) => {
      const answer = await ops(method, path, undefined, {});
      expect(answer).toMatchObject({ status: 403, body: { type: 'forbidden', status: 403 } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    });

    it('has no routes elsewhere, and those of the host as they were', async () => {
      for (const path of ['/api/v1/projections', '/api/v1/nowhere']) {
        expect((await host.send('GET', path, undefined, KEY)).body).toEqual({ oops: true });
      }
      expect((await host.send('GET', '/ops/eventfold/projections', undefined, KEY)).status).not.toBe(200);
      expect(await host.send('GET', '/api/v1/carts')).toMatchObject({ status: 200, body: ['a cart'] });
    });

    it('answers problems, whatever the filter and the pipe of the host make of errors', async () => {
      for (const [path, status, type] of [
        ['/projections/nothing', 404, 'projection.not-found'],
        ['/streams/nothing', 404, 'stream.not-found'],
        ['/events?limit=many', 400, 'invalid-request'],
        ['/events?limit=201', 400, 'invalid-request'],
        ['/events?nonsense=1', 400, 'invalid-request'],
      ] as const) {
        const answer = await ops('GET', path);
        expect(answer).toMatchObject({ status, body: { status, type } });
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        if (status === 400) expect(answer.body.errors[0].path).toMatch(/limit|nonsense/);
      }
    });
  });

  it('are closed where nothing says who acts, health included, but for an administrator that a guard has found', async () => {
    const host = await start(adapter, [OperationsModule.forRoot()], (app) => {
      app.useGlobalGuards({
        canActivate: (execution) => {
          const request = execution.switchToHttp().getRequest();
          const subject = request.headers['x-user'];
          if (subject !== undefined) rememberActor(request, { subject, scopes: new Set([subject]) });
          return true;
        },
      });
    });
    for (const path of ['/projections', '/events', '/streams/a', '/health/live', '/health/ready']) {
      const answer = await host.send('GET', path);
      expect(answer).toMatchObject({ status: 401, body: { type: 'unauthenticated' } });
      expect((await host.send('GET', path, undefined, { 'x-user': 'somebody' })).status).toBe(403);
    }
    const admin = { 'x-user': 'admin' };
    expect((await host.send('GET', '/health/ready', undefined, admin)).status).toBe(200);
    expect((await host.send('GET', '/projections', undefined, admin)).status).toBe(200);
    await host.app.close();
  });

  it('are open where the host says so', async () => {
    const host = await start(adapter, [OperationsModule.forRoot({ open: true, path: '/ops/' })]);
    expect((await host.send('GET', '/ops/projections')).status).toBe(200);
    expect((await host.send('GET', '/ops/health/live')).status).toBe(200);
    await host.app.close();
  });
});

describe('the operations of two event stores', () => {
  const stores = () => [
    EventSourcingModule.forRoot({ name: 'billing', schema: 'eventfold', projections: false }),
    OperationsModule.forRoot({ open: true, path: 'ops/main' }),
  ];

  it('stand beside each other', async () => {
    const billing = OperationsModule.forRoot({ open: true, path: 'ops/billing', store: 'billing' });
    const host = await start('Express', [...stores(), billing]);
    await eventually(async () =>
      expect((await host.send('GET', '/ops/main/health/ready')).body).toMatchObject({
        notifications: 'listening',
      }),
    );
    const ofBilling = (await host.send('GET', '/ops/billing/health/ready')).body;
    expect(ofBilling).toMatchObject({ status: 'ok', notifications: 'polling' });
    await host.app.close();
  });

  it('are refused at one place', async () => {
    const billing = OperationsModule.forRoot({ open: true, path: '/ops/main/', store: 'billing' });
    await expect(start('Express', [...stores(), billing])).rejects.toThrow(
      /OperationsModule.forRoot: path is "ops\/main" for the event stores "\w+" and "\w+": each must have its own\./,
    );
  });
});

describe('the metrics of two event stores in one registry', () => {
  it('count each store by itself, and no longer than its application runs', async () => {
    const register = new Registry();
    const host = await start('Express', [
      EventSourcingModule.forRoot({ name: 'billing', schema: 'eventfold', projections: false }),
      EventfoldMetricsModule.forRoot({ register, http: true }),
      EventfoldMetricsModule.forRoot({ register, http: true }), // another module of the host may import it as well
      EventfoldMetricsModule.forRoot({ register, store: 'billing' }),
    ]);
    await host.send('POST', '/users', ada());
    const samples = samplesOf(await register.metrics());
    const appended = 'eventfold_events_appended_total';
    expect(samples.names().filter((name) => name.startsWith(appended))).toEqual([
      appended,
      `${appended}{store="billing"}`,
    ]);
    // A registration reserves its address with an event of its own.
    expect([samples.of(appended), samples.of(appended, { store: 'billing' })]).toEqual([2, 0]);
    expect(samples.of('eventfold_http_request_duration_seconds_count', { route: '/users' })).toBe(1);
    expect(samples.names()).toContain('eventfold_projection_parked_keys{projection="user-profile"}');
    await host.app.close();
    const after = samplesOf(await register.metrics()).names();
    expect(after.filter((name) => name.startsWith('eventfold_projection_'))).toEqual([]);
  });

  it('are refused where the registry is none', () => {
    const wrong = { register: 'default' } as unknown as EventfoldMetricsOptions;
    expect(() => EventfoldMetricsModule.forRoot(wrong)).toThrow(
      "EventfoldMetricsModule.forRoot: register is 'default': it must be a Registry of prom-client.",
    );
  });
});

describe('wrong options of the operations', () => {
  it.each<[object, string]>([
    [{ path: 'ops/:tenant' }, "path is 'ops/:tenant': it must be a path of letters"],
    [{ path: '' }, "path is '': it must be a path of letters"],
    [{ guard: 'admin' }, "guard is 'admin': it must be the class of a guard, with a method canActivate."],
    [{ guard: Operators }, 'guard is [class Operators]: it must be the class of a guard'],
    [{ open: 'yes' }, "open is 'yes': it must be true or false."],
    [{ store: 7 }, 'store is 7: it must be a text'],
    [{ gard: OperatorGuard }, 'gard is no option: did you mean "guard"?'],
    [{ guard: OperatorGuard, open: true }, 'guard decides alone, so that open would not be asked'],
    [
      { guard: OperatorGuard, actor: () => undefined },
      'guard decides alone, so that actor would not be asked',
    ],
    [{ open: true, actor: () => undefined }, 'OperationsModule.forRoot: open lets in every request'],
  ])('are refused at the start: %j', (options, message) => {
    expect(() => OperationsModule.forRoot(options as OperationsOptions)).toThrow(message);
  });

  it('name a store that is not there', async () => {
    await expect(
      start('Express', [OperationsModule.forRoot({ open: true, store: 'nowhere' })]),
    ).rejects.toThrow('asks for the event store "nowhere", and there is none');
  });
});
