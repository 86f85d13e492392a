/** The modules' controllers inside an application of another team, on either adapter. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  ConflictException,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Logger,
  type NestInterceptor,
  Param,
  Post,
  ServiceUnavailableException,
  UnprocessableEntityException,
  UseFilters,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory, RouterModule } from '@nestjs/core';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { map } from 'rxjs';
import { ContentPopularityModule } from '../../src/content-popularity/content-popularity.module.js';
import { LogListener } from '../../src/event-sourcing/for-service.js';
import {
  EventSourcingModule,
  EventStore,
  InvalidAppendError,
  Projections,
} from '../../src/event-sourcing/index.js';
import { EventfoldHttpModule, Idempotent, ProblemFilter } from '../../src/api/index.js';
import { EventfoldHealthModule } from '../../src/health/health.module.js';
import { OperationsModule } from '../../src/operations/operations.module.js';
import type { RoutedFeatureOptions } from '../../src/api/access/access.js';
import { rememberActor } from '../../src/api/access/actor.js';
import { ruleOf } from '../../src/api/access/allow.decorator.js';
import { GetUserProfile } from '../../src/user-profile/queries/get-user-profile.query.js';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { RegisterUser } from '../../src/users/commands/register-user.command.js';
import { UsersModule } from '../../src/users/users.module.js';
import { RecordViewing } from '../../src/viewing/commands/record-viewing.command.js';
import { ContentWatched } from '../../src/viewing/viewing.events.js';
import { ViewingModule } from '../../src/viewing/viewing.module.js';
import { headersOf } from '../support/hosts/host-answers.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import {
  ADAPTERS,
  hostDataSource,
  hostModule,
  startWebHost,
  type WebHost,
} from '../support/hosts/web-host.js';

const all = (options: RoutedFeatureOptions = { open: true }) => [
  UsersModule.forRoot(options),
  ViewingModule.forRoot(options),
  UserProfileModule.forRoot(options),
  ContentPopularityModule.forRoot(options),
];
const withoutRoutes = () => all({ controllers: false });
const ada = () => ({ userId: randomUUID(), email: `${randomUUID()}@example.org`, name: 'Ada' });

const ROUTED: Record<string, { forRoot(options: any): unknown }> = {
  UsersModule,
  ViewingModule,
  UserProfileModule,
  ContentPopularityModule,
  EventfoldHttpModule,
  OperationsModule,
};

describe.each(Object.entries(ROUTED))('%s', (name, module) => {
  it.each<[unknown, string]>([
    [{ open: 'false' }, `open is 'false': it must be true or false.`],
    [{ open: null }, 'open is null: it must be true or false.'],
    [{ opened: true }, 'opened is no option: did you mean "open"?'],
    [{ actor: 'x' }, `actor is 'x': it must be a function that returns the sender of a request.`],
    [{ open: true, actor: () => undefined }, 'open lets in every request, so that actor is never asked'],
    [null, 'The argument is null: it must be an object with '],
    [5, 'The argument is 5: it must be an object with '],
    [[], 'The argument is []: it must be an object with '],
  ])('refuses options that break a rule: %j', (options, sentence) => {
    expect(() => module.forRoot(options)).toThrow(`${name}.forRoot: ${sentence}`);
  });
});

it('a module of Eventfold refuses other options that break a rule', () => {
  const wrong = { controllers: 'no', store: '', trendingHalfLifeHours: '24' };
  expect(() => ContentPopularityModule.forRoot(wrong as never)).toThrow(
    expect.objectContaining({
      faults: [
        expect.stringContaining(`store is '': it must be a text`),
        "ContentPopularityModule.forRoot: controllers is 'no': it must be true or false.",
        expect.stringContaining(`trendingHalfLifeHours is '24': it must be a number from 0.01 to 87,600.`),
      ],
    }),
  );
  expect(() => EventfoldHealthModule.forRoot(null as never)).toThrow('The argument is null');
  expect(() => EventfoldHealthModule.forRoot({ stores: 'a' } as never)).toThrow('did you mean "store"?');
});

let database: TestDatabase;
beforeAll(async () => (database = await createEmptyDatabase()));
afterAll(() => database.drop());

describe.each(Object.keys(ADAPTERS))('in a monolith on %s', (adapter) => {
  const start = (
    options: Parameters<typeof EventSourcingModule.forRoot>[0],
    modules = all(),
    configure?: (app: INestApplication) => void,
  ) =>
    startWebHost(
      adapter,
      hostModule([hostDataSource(database)], [EventSourcingModule.forRoot(options), ...modules]),
      configure,
    );

  describe('with routes under its prefix and version', () => {
    let host: WebHost;
    const seen: string[] = [];

    beforeAll(async () => {
      host = await start({}, all(), (app) => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
        app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
        app.useGlobalGuards(new HostGuard());
        app.useGlobalInterceptors(new HostInterceptor(app.get(HttpAdapterHost), seen));
      });
    });
    afterAll(() => host.app.close());

    it('takes a command there, answers where the user is, and reads what was written', async () => {
      const body = ada();
      const registered = await host.send('POST', '/api/v1/users', body);
      expect(registered).toMatchObject({ status: 201, body: { userId: body.userId, version: 1 } });
      expect(registered.headers.get('etag')).toBe('"1"');
      expect(registered.headers.get('location')).toBe(`/api/v1/users/${body.userId}`);
      const readAfter = { 'read-after': String(registered.body.position) };
      const profile = await host.send('GET', `/api/v1/users/${body.userId}/profile`, undefined, readAfter);
      expect(profile).toMatchObject({ status: 200, body: { email: body.email, subscriptionPlan: 'free' } });
      expect((await host.send('POST', '/users', ada())).status).toBe(404);
    });

    it('takes views, and shows them in the chart', async () => {
      const contentId = randomUUID();
      const watched = await host.send('POST', '/api/v1/viewing/events', [
        {
          type: 'content.watched',
          userId: randomUUID(),
          contentId,
          watchDurationSeconds: 60,
          completionPercentage: 50,
        },
        { type: 'content.watched', userId: 'nobody', contentId },
      ]);
      expect(watched.body.verdicts).toMatchObject([{ verdict: 'appended' }, { verdict: 'invalid' }]);
      const readAfter = { 'read-after': String(watched.body.verdicts[0].position) };
      const path = `/api/v1/contents/${contentId}/popularity`;
      expect((await host.send('GET', path, undefined, readAfter)).body).toMatchObject({ totalViews: 1 });
    });

    it('answers a repeat under an idempotency key with the first answer', async () => {
      const [body, headers] = [ada(), { 'idempotency-key': randomUUID() }];
      const first = await host.send('POST', '/api/v1/users', body, headers);
      const second = await host.send('POST', '/api/v1/users', body, headers);
      expect(second).toMatchObject({ status: 201, body: first.body });
      expect(second.headers.get('idempotent-replayed')).toBe('true');
      expect(second.headers.get('location')).toBe(first.headers.get('location'));
    });

    it('answers errors as problems, to invalid requests, refusals and unknown ids', async () => {
      const body = ada();
      await host.send('POST', '/api/v1/users', body);
      for (const [answer, status, type] of [
        [await host.send('POST', '/api/v1/users', { ...ada(), email: 7 }), 400, 'invalid-request'],
        [await host.send('POST', '/api/v1/users', body), 409, 'user.already-registered'],
        [await host.send('GET', `/api/v1/users/${randomUUID()}`), 404, 'user.not-found'],
        [await host.send('GET', '/api/v1/users/nobody'), 400, 'invalid-request'],
      ] as const) {
        expect(answer.status).toBe(status);
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        expect(answer.body).toMatchObject({ status, correlationId: answer.headers.get('x-correlation-id') });
        expect(answer.body.type).toBe(type);
      }
    });

    it('protects the routes with a guard of its own, by their rules', async () => {
      const [me, other] = [randomUUID(), randomUUID()];
      const as = (user: string) => ({ 'x-user': user });
      const registered = await host.send('POST', '/api/v1/users', { ...ada(), userId: undefined }, as(me));
      expect(registered).toMatchObject({ status: 201, body: { userId: me } });
      await host.send('POST', '/api/v1/users', { ...ada(), userId: other }, as('admin'));
      for (const [method, path, user, status] of [
        ['GET', `/users/${me}/history`, me, 200],
        ['GET', `/users/${other}/history`, me, 403],
        ['GET', `/users/${other}/history`, 'admin', 200],
        ['GET', '/users', me, 403],
        ['GET', '/users', 'admin', 200],
        ['GET', '/contents/popularity', me, 200],
        ['GET', '/carts', me, 200],
      ] as const) {
        const answer = await host.send(method, `/api/v1${path}`, undefined, as(user));
        expect([path, user, answer.status]).toEqual([path, user, status]);
      }
      const { body } = await host.send('GET', `/api/v1/users/${me}/history`, undefined, as(me));
      expect(body.items[0].metadata.userId).toBe(me);
    });

    it('lets its interceptor see every route', async () => {
      seen.length = 0;
      const { userId } = (await host.send('POST', '/api/v1/users', ada())).body;
      await host.send('GET', `/api/v1/users/${userId}`);
      await host.send('GET', '/api/v1/carts');
      expect(seen).toEqual(['register', 'get', 'list']);
    });

    it('finds its own routes as they were', async () => {
      const alone = await startWebHost(adapter, hostModule([], []), (app) => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
        app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true }));
      });
      for (const [method, path, body] of [
        ['GET', '/api/v1/carts'],
        ['POST', '/api/v1/carts', { items: 1, whatever: 'else' }],
        ['POST', '/api/v1/carts', { items: 'many' }],
        ['GET', '/api/v1/carts/broken'],
        ['GET', '/api/v1/nowhere'],
      ] as const) {
        const [before, now] = [await alone.send(method, path, body), await host.send(method, path, body)];
        expect([now.status, now.body]).toEqual([before.status, before.body]);
        expect(headersOf(now.headers)).toEqual(headersOf(before.headers));
      }
      await alone.app.close();
    });
  });

  describe('that has not said who acts', () => {
    let host: WebHost;
    beforeAll(async () => {
      const modules = [UsersModule, ViewingModule, UserProfileModule, ContentPopularityModule];
      host = await startWebHost(
        adapter,
        hostModule([hostDataSource(database)], [EventSourcingModule.forRoot(), ...modules]),
      );
    });
    afterAll(() => host.app.close());

    it.each([
      ['GET', '/users', undefined],
      ['POST', '/users', ada()],
      ['GET', `/users/${randomUUID()}`, undefined],
      ['GET', `/users/${randomUUID()}/profile`, undefined],
      ['POST', `/users/${randomUUID()}/deactivation`, undefined],
      ['PUT', '/contents/film', { title: 'Film', genre: 'drama' }],
      ['POST', '/viewing/events', [{}]],
      ['GET', '/contents/popularity', undefined],
    ])('is closed at %s %s', async (method, path, body) => {
      const answer = await host.send(method, path, body);
      expect(answer).toMatchObject({ status: 401, body: { type: 'unauthenticated' } });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="eventfold"');
    });

    it('has its own routes open as they were', async () => {
      expect((await host.send('GET', '/carts')).status).toBe(200);
    });
  });

  it('takes who acts from what its own middleware has found out, and holds each to the rules', async () => {
    const actor = async ({ user }: { user?: string }) =>
      user === undefined ? undefined : { subject: user, scopes: new Set(user === 'ops' ? ['admin'] : []) };
    const host = await start({}, all({ actor }), (app) => {
      app.useGlobalGuards(new PassportGuard());
    });
    const [me, other] = [randomUUID(), randomUUID()];
    const as = (user: string) => ({ 'x-user': user });
    const register = (user: string, userId?: string) =>
      host.send('POST', '/users', { ...ada(), userId }, as(user));
    expect(await register(me.toUpperCase())).toMatchObject({ status: 201, body: { userId: me } });
    expect(await register(me, other)).toMatchObject({ status: 403, body: { type: 'forbidden' } });
    expect(await register('ops', other)).toMatchObject({ status: 201 });
    expect(await register('a-name-that-is-no-id')).toMatchObject({ status: 403 });
    for (const [path, user, status] of [
      [`/users/${me}`, me, 200],
      [`/users/${other}`, me, 403],
      [`/users/${other}`, 'ops', 200],
      ['/users', me, 403],
      ['/contents/popularity', me, 200],
    ] as const) {
      expect([path, user, (await host.send('GET', path, undefined, as(user))).status]).toEqual([
        path,
        user,
        status,
      ]);
    }
    expect((await host.send('GET', '/contents/popularity')).status).toBe(401);
    const { body } = await host.send('GET', `/users/${other}/history`, undefined, as('ops'));
    expect(body.items[0].metadata.userId).toBe('ops');
    await host.app.close();
  });

  it('has routes where its RouterModule puts their modules', async () => {
    const place = (module: typeof UsersModule) => RouterModule.register([{ path: 'accounts', module }]);
    const host = await start({ projections: false }, [
      ...all(),
      place(UsersModule),
      place(UserProfileModule),
    ]);
    const { userId } = (await host.send('POST', '/accounts/users', ada())).body;
    expect(await host.send('GET', `/accounts/users/${userId}`)).toMatchObject({ status: 200 });
    expect(await host.send('GET', `/accounts/users/${userId}/profile`)).toMatchObject({ status: 404 });
    expect(await host.send('GET', '/accounts/users')).toMatchObject({ status: 200 });
    expect(await host.send('GET', `/users/${userId}`)).toMatchObject({ body: { error: 'Not Found' } });
    expect(await host.send('GET', '/contents/popularity')).toMatchObject({ status: 200 });
    await host.app.close();
  });

  it('registers nobody under an id that no profile could have, though it is open', async () => {
    const host = await start({ projections: false }, all(), (app) => app.useGlobalGuards(new HostGuard()));
    const registered = await host.send(
      'POST',
      '/users',
      { ...ada(), userId: undefined },
      { 'x-user': 'player' },
    );
    expect(registered).toMatchObject({ status: 400, body: { type: 'user.invalid-id' } });
    const commands = host.app.get(CommandBus);
    await expect(
      commands.execute(new RegisterUser('player', 'a@example.org', 'Ada', [])),
    ).rejects.toMatchObject({
      code: 'user.invalid-id',
    });
    const watched = new ContentWatched({
      userId: 'player',
      contentId: 'film',
      watchDurationSeconds: 1,
      completionPercentage: 1,
    });
    await expect(commands.execute(new RecordViewing([watched]))).rejects.toMatchObject({
      code: 'invalid-append',
    });
    await host.app.close();
  });

  it('has no routes without controllers, and the same commands and queries on the buses', async () => {
    const host = await start({}, withoutRoutes());
    for (const path of [
      '/users',
      '/contents/popularity',
      `/users/${randomUUID()}`,
      '/health/live',
      '/metrics',
      '/events',
    ]) {
      expect(await host.send('GET', path)).toMatchObject({ status: 404, body: { error: 'Not Found' } });
    }
    const { userId, email, name } = ada();
    const { position } = await host.app.get(CommandBus).execute(new RegisterUser(userId, email, name, []));
    await expect(host.app.get(QueryBus).execute(new GetUserProfile(userId, position))).resolves.toMatchObject(
      { email },
    );
    expect(await host.send('GET', '/carts')).toMatchObject({ status: 200 });
    await host.app.close();
  });

  it('folds nothing in a web process with projections: false, and reads what a worker beside it folds', async () => {
    const web = await start({ projections: false });
    expect(web.app.get(Projections).running).toEqual([]);
    expect(web.app.get(LogListener).connected).toBe(false);
    const { position, userId } = (await web.send('POST', '/users', ada())).body;
    const path = `/users/${userId}/profile`;
    const unread = await web.send('GET', path);
    expect(unread.status).toBe(404);
    const worker = await NestFactory.createApplicationContext(
      hostModule([hostDataSource(database)], [EventSourcingModule.forRoot(), ...withoutRoutes()]),
      { logger: false },
    );
    await expect(web.send('GET', path, undefined, { 'read-after': String(position) })).resolves.toMatchObject(
      { status: 200 },
    );
    await worker.close();
    await web.app.close();
  });
});

it('a monolith on Express, which says nothing of it, is warned of a route that it has as well as we', async () => {
  @Controller('contents')
  class ContentsController {
    @Get(':id/popularity')
    show() {
      return 'of the host';
    }
    @Get(':id/reviews')
    reviews() {
      return [];
    }
  }
  const warnings: string[] = [];
  const host = await startWebHost(
    'Express',
    hostModule([hostDataSource(database)], [EventSourcingModule.forRoot({ projections: false }), ...all()], {
      controllers: [ContentsController],
    }),
    () => {
      const nothing = () => undefined;
      const warn = (line: unknown) => void warnings.push(String(line));
      Logger.overrideLogger({ log: nothing, error: nothing, warn });
    },
  );
  Logger.overrideLogger(false);
  expect(warnings.filter((line) => line.includes('is a route of'))).toEqual([
    expect.stringMatching(
      /^GET \/contents\/:contentId\/popularity is a route of ContentPopularityController of Eventfold and of ContentsController, .*"controllers: false"\.$/,
    ),
  ]);
  await host.app.close();
});

/**
 * A guard that decides by itself. The host's authentication is a header, and a request without the header is let in.
 */
@Injectable()
class HostGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest();
    const id: string | undefined = request.headers['x-user'];
    if (id === undefined) return true;
    const isAdmin = id === 'admin';
    rememberActor(request, { subject: id, scopes: new Set(isAdmin ? ['admin'] : []) });
    switch (ruleOf(execution.getHandler())) {
      case undefined:
      case 'anyone':
      case 'authenticated':
        return true;
      case 'self':
        return isAdmin || request.params.userId === id;
      case 'self-registration':
        return isAdmin || (request.body.userId ?? id) === id;
      default:
        return isAdmin;
    }
  }
}

/** Puts the user at the place that libraries for authentication use. */
@Injectable()
class PassportGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest();
    request.user = request.headers['x-user'];
    return true;
  }
}

@Injectable()
class HostInterceptor implements NestInterceptor {
  constructor(
    readonly adapterHost: HttpAdapterHost,
    private readonly seen: string[],
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler) {
    this.seen.push(execution.getHandler().name);
    return next.handle().pipe(map((answer: unknown) => answer));
  }
}

describe('a route with @Idempotent that fails', () => {
  let host: WebHost;
  let store: EventStore;

  @Controller('notes')
  @UseFilters(ProblemFilter)
  class NotesController {
    constructor(private readonly eventStore: EventStore) {}

    @Post(':noteId/:failure')
    @Idempotent(() => ({ restored: true }))
    async note(@Param() { noteId, failure }: { noteId: string; failure: string }) {
      if (failure === 'early') throw new ConflictException('before the append');
      await this.eventStore.appendToStream(noteId, 'any', [{ type: 'host.noted', data: {} }]);
      if (failure === 'exception') throw new UnprocessableEntityException('after the append');
      if (failure === 'refusal') throw new InvalidAppendError('after the append');
      if (failure === 'second')
        await this.eventStore.appendToStream(noteId, 7, [{ type: 'host.noted', data: {} }]);
      throw failure === 'away' ? new ServiceUnavailableException() : new Error('after the append');
    }
  }

  beforeAll(async () => {
    host = await startWebHost(
      'Express',
      hostModule([hostDataSource(database)], [EventSourcingModule.forRoot(), EventfoldHttpModule.forRoot()], {
        controllers: [NotesController],
      }),
    );
    store = host.app.get(EventStore);
  });
  afterAll(() => host.app.close());

  async function twice(failure: string) {
    const noteId = randomUUID();
    const send = () => host.send('POST', `/notes/${noteId}/${failure}`, {}, { 'idempotency-key': noteId });
    const [first, again] = [await send(), await send()];
    const { correlationId: _first, ...problem } = first.body;
    const { correlationId: _again, ...ofRepeat } = again.body;
    const isReplayed = again.headers.get('idempotent-replayed') === 'true';
    const events = await store.readStream(noteId);
    return { problem, ofRepeat, isReplayed, position: events.at(-1)?.position, events: events.length };
  }

  it.each([
    ['exception', { status: 422, detail: 'after the append' }],
    ['refusal', { status: 400, type: 'invalid-append', detail: 'after the append' }],
  ])('after its append gives a repeat the same problem: %s', async (failure, expected) => {
    const { problem, ofRepeat, isReplayed, events } = await twice(failure);
    expect(problem).toMatchObject(expected);
    expect(ofRepeat).toEqual(problem);
    expect({ isReplayed, events }).toEqual({ isReplayed: true, events: 1 });
  });

  it.each([
    ['defect', 500],
    ['away', 500],
    ['second', 500],
  ])(
    'after its append on our side tells a repeat that the events are stored: %s',
    async (failure, status) => {
      const { problem, ofRepeat, isReplayed, position, events } = await twice(failure);
      expect(problem).toMatchObject({ status, type: 'internal-error' });
      expect(ofRepeat).toMatchObject({ status: 409, type: 'answer-not-known', position });
      expect({ isReplayed, events }).toEqual({ isReplayed: true, events: 1 });
    },
  );

  it('before its append leaves the key free', async () => {
    const { problem, ofRepeat, isReplayed } = await twice('early');
    expect([problem.status, ofRepeat.status, isReplayed]).toEqual([409, 409, false]);
  });
});
