/** The routes of Eventfold in an application that runs each request in a transaction, which an interceptor opens. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type DynamicModule,
  type ExecutionContext,
  ImATeapotException,
  type INestApplication,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClsPluginTransactional, TransactionHost } from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { ClsModule } from 'nestjs-cls';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { from, lastValueFrom } from 'rxjs';
import { DataSource, type EntityManager } from 'typeorm';
import {
  addTransactionalDataSource,
  deleteDataSourceByName,
  getDataSourceByName,
  initializeTransactionalContext,
  runInTransaction,
  StorageDriver,
} from 'typeorm-transactional';
import {
  EventSourcingModule,
  type EventSourcingOptions,
  EventStore,
} from '../../src/event-sourcing/index.js';
import { LogSeals } from '../../src/event-sourcing/privacy/log-seals.js';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { UsersModule } from '../../src/users/users.module.js';
import { type HostAnswer, type Send, senderTo } from '../support/hosts/host-answers.js';
import { keepTypeOrm } from '../support/hosts/kept-typeorm.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { usualConnection } from '../support/hosts/usual-host.js';

const POOL = 10;
const REQUESTS = 60;

type InTransaction = (app: INestApplication, work: () => Promise<unknown>) => Promise<unknown>;

interface Library {
  imports(): DynamicModule[];
  eventSourcing(): DynamicModule;
  open(dataSource: DataSource): void;
  inTransaction: InTransaction;
  end(): void;
}

const running = new AsyncLocalStorage<EntityManager>();
const readingOwn: EventSourcingOptions = { readAfterTimeoutMs: 10_000 };

const LIBRARIES: Record<string, Library> = {
  'a storage of its own': {
    imports: () => [],
    eventSourcing: () =>
      EventSourcingModule.forRoot({ ...readingOwn, currentTransaction: () => running.getStore() }),
    open: () => undefined,
    inTransaction: (app, work) =>
      app.get(DataSource).transaction((manager) => running.run(manager, () => work())),
    end: () => undefined,
  },
  '@nestjs-cls/transactional': {
    imports: () => {
      const adapter = new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource });
      const plugins = [new ClsPluginTransactional({ adapter })];
      return [ClsModule.forRoot({ global: true, middleware: { mount: true }, plugins })];
    },
    eventSourcing: () =>
      EventSourcingModule.forRootAsync({
        inject: [TransactionHost],
        useFactory: (host: TransactionHost<TransactionalAdapterTypeOrm>) => ({
          ...readingOwn,
          currentTransaction: () => host.tx,
        }),
      }),
    open: () => undefined,
    inTransaction: (app, work) => app.get(TransactionHost).withTransaction(work),
    end: () => undefined,
  },
  'typeorm-transactional': {
    imports: () => [],
    eventSourcing: () =>
      EventSourcingModule.forRoot({
        ...readingOwn,
        currentTransaction: () => getDataSourceByName('default')?.manager,
      }),
    open: (dataSource) => {
      initializeTransactionalContext({ storageDriver: StorageDriver.ASYNC_LOCAL_STORAGE });
      addTransactionalDataSource(dataSource);
    },
    inTransaction: (_, work) => runInTransaction(work),
    end: () => deleteDataSourceByName('default'),
  },
};

/** Rolls back on request of the client, after the route has done its work. */
class TransactionOfRequest implements NestInterceptor {
  constructor(private readonly inTransaction: (work: () => Promise<unknown>) => Promise<unknown>) {}

  intercept(execution: ExecutionContext, next: CallHandler) {
    const { headers } = execution.switchToHttp().getRequest();
    const work = async () => {
      const answer: unknown = await lastValueFrom(next.handle());
      if (headers['x-roll-back'] === 'yes') throw new ImATeapotException('The host has changed its mind.');
      return answer;
    };
    return from(this.inTransaction(work));
  }
}

describe.each(Object.keys(LIBRARIES))('a transaction of each request, with %s,', (name) => {
  const library = LIBRARIES[name]!;
  const restoreTypeOrm = keepTypeOrm();
  let database: TestDatabase;
  let app: INestApplication;
  let send: Send;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createTestDatabase();
    const module = {
      module: class RequestTransactionsModule {},
      imports: [
        TypeOrmModule.forRoot({
          ...usualConnection(database),
          poolSize: POOL,
          retryAttempts: 0,
          installExtensions: false,
        }),
        ...library.imports(),
        CqrsModule.forRoot(),
        library.eventSourcing(),
        UsersModule.forRoot({ open: true }),
        UserProfileModule.forRoot({ open: true }),
      ],
    };
    app = await NestFactory.create(module, { logger: false, abortOnError: false });
    library.open(app.get(DataSource));
    app.useGlobalInterceptors(new TransactionOfRequest((work) => library.inTransaction(app, work)));
    await app.listen(0, '127.0.0.1');
    send = senderTo(await app.getUrl());
  });
  afterAll(async () => {
    await app.close();
    library.end();
    restoreTypeOrm();
    await database.drop();
  });

  const ada = (userId: string = randomUUID()) => ({ userId, email: `${userId}@example.org`, name: 'Ada' });
  const register = (body = ada(), headers?: Record<string, string>) => send('POST', '/users', body, headers);
  const registered = async () => (await register()).body as { userId: string; position: number };
  const prefer = (userId: string, preference: string, headers?: Record<string, string>) =>
    send('PUT', `/users/${userId}/preferences`, { preferences: [preference] }, headers);
  const profile = (userId: string, position: number) =>
    send('GET', `/users/${userId}/profile`, undefined, { 'read-after': String(position) });
  const eventsOf = async (userId: string) => app.get(EventStore).readStream(`user-${userId}`);
  const atOnce = (request: (nth: number) => Promise<HostAnswer>) =>
    Promise.all(Array.from({ length: REQUESTS }, (_, nth) => request(nth)));
  const statuses = (answers: HostAnswer[]) => [...new Set(answers.map(({ status }) => status))];

  it('sixty commands at once all end, each answered with the position of its event', async () => {
    const answers = await atOnce(() => register());
    expect(statuses(answers)).toEqual([201]);
    const log = await app.get(EventStore).readAll({ types: ['user.registered'], maxCount: 1_000 });
    const positions = new Map(log.map(({ position, streamId }) => [streamId, position]));
    for (const { body, headers } of answers) {
      expect(body.position).toBe(positions.get(`user-${body.userId}`));
      expect(headers.get('etag')).toBe('"1"');
    }
  });

  it('sixty commands at once all end when what the process knows of the log is old', async () => {
    Object.assign(app.get(LogSeals, { strict: false }), { sealed: false, askedAt: -Infinity });
    expect(statuses(await atOnce(() => register()))).toEqual([201]);
  });

  it('sixty queries at once all end, each with the row of its position', async () => {
    const answers = await atOnce(() => register());
    const rows = await atOnce((nth) => profile(answers[nth]!.body.userId, answers[nth]!.body.position));
    expect(rows.map(({ status, body }) => [status, body.userId])).toEqual(
      answers.map(({ body }) => [200, body.userId]),
    );
  });

  it('sixty refusals at once all end, under a key each', async () => {
    const { userId } = await registered();
    const answers = await atOnce(() => register(ada(userId), { 'idempotency-key': randomUUID() }));
    expect(statuses(answers)).toEqual([409]);
  });

  it('a repeat under its key gets the first answer, a changed request a refusal', async () => {
    const [body, key] = [ada(), { 'idempotency-key': randomUUID() }];
    const first = await register(body, key);
    const again = await register(body, key);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await register(ada(), key)).toMatchObject({
      status: 422,
      body: { type: 'idempotency-key-reused' },
    });
    expect(await eventsOf(body.userId)).toHaveLength(1);
  });

  it('what changes nothing is repeated under its key as well', async () => {
    const { userId } = await registered();
    await prefer(userId, 'jazz');
    const key = { 'idempotency-key': randomUUID() };
    const first = await prefer(userId, 'jazz', key);
    await prefer(userId, 'blues');
    const again = await prefer(userId, 'jazz', key);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('a roll-back leaves no event, and neither key nor e-mail address taken', async () => {
    const [body, key] = [ada(), { 'idempotency-key': randomUUID() }];
    const lost = await register(body, { 'x-roll-back': 'yes', ...key });
    expect(lost).toMatchObject({ status: 418, body: { detail: 'The host has changed its mind.' } });
    expect(await eventsOf(body.userId)).toEqual([]);
    expect(await register(body, key)).toMatchObject({ status: 201, body: { version: 1 } });
    expect(await eventsOf(body.userId)).toHaveLength(1);
  });

  it('commands that meet on one user are stored, or told in a sentence to be sent again', async () => {
    const { userId } = await registered();
    const answers = await atOnce((nth) => prefer(userId, `genre-${nth}`));
    const stored = answers.filter(({ status }) => status === 200);
    expect(stored.length).toBeGreaterThan(0);
    expect(await eventsOf(userId)).toHaveLength(1 + stored.length);
    for (const { status, body } of answers.filter((answer) => answer.status !== 200)) {
      expect([status, body.type]).toEqual([409, 'version-conflict']);
      expect(body.detail).toMatch(/^Stream user-\S+ is at version \d+.*again/);
    }
    const { status, body } = await prefer(userId, 'late', { 'if-match': '"1"' });
    expect([status, body.type, body.expectedVersion]).toEqual([412, 'version-mismatch', 1]);
  });
});
