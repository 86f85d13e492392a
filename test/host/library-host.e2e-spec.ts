/** The application of docs/how-to/operate-a-host.md, over HTTP, on either adapter. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { context as otel, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { ClsService } from 'nestjs-cls';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EventStore } from '../../src/event-sourcing/index.js';
import { Copy } from '../examples/library/copy.js';
import { CopyRepository } from '../examples/library/copy.repository.js';
import { LibraryHostModule } from '../examples/library-host/library-host.module.js';
import { OverdueJob } from '../examples/library-host/overdue.job.js';
import { eventually } from '../support/eventually.js';
import { senderTo, type Send } from '../support/hosts/host-answers.js';
import { complaintsAbout, knownMetrics } from '../support/repository/promql.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import { ADAPTERS } from '../support/hosts/web-host.js';

const ADA = { authorization: 'Bearer ada' };
const LIBRARIAN = { authorization: 'Bearer librarian' };
const page = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

async function start(adapter: string, { url }: TestDatabase) {
  Logger.overrideLogger(false);
  const app = await NestFactory.create(LibraryHostModule.forRoot(url), ADAPTERS[adapter]!(), {
    logger: false,
  });
  const ofCls: unknown[] = [];
  const cls = app.get(ClsService);
  app.useGlobalInterceptors({
    intercept: (_, next) => {
      ofCls.push(cls.get('correlationId'));
      return next.handle();
    },
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  return { app, ofCls, send: senderTo(`http://127.0.0.1:${port}`) };
}

describe.each(Object.keys(ADAPTERS))('the library on %s', (adapter) => {
  let database: TestDatabase;
  let app: INestApplication;
  let send: Send;
  let ofCls: unknown[];

  beforeAll(async () => {
    database = await createEmptyDatabase();
    ({ app, send, ofCls } = await start(adapter, database));
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const acquire = async () => (await app.get(CopyRepository).create(Copy.acquire(randomUUID(), 'Emma'))).id;
  const lend = (copyId: string, headers: Record<string, string> = ADA, memberId = 'ada') =>
    send('POST', `/copies/${copyId}/loan`, { memberId, branch: 'harbour' }, headers);
  const lastEvent = async (copyId: string) => {
    const [event] = await app
      .get(EventStore)
      .readStream(`copy-${copyId}`, { direction: 'backwards', maxCount: 1 });
    return event!;
  };

  it('reads in a query what a command has just done', async () => {
    const { position } = (await lend(await acquire(), ADA, 'bo')).body;
    const readAfter = { ...LIBRARIAN, 'read-after': String(position) };
    const loans = await send('GET', '/members/bo/loans', undefined, readAfter);
    expect(loans).toMatchObject({ status: 200, body: { memberId: 'bo', loansEver: 1 } });
    const wrong = await send('GET', '/members/bo/loans', undefined, { ...LIBRARIAN, 'read-after': 'now' });
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'invalid-request' } } });
  });

  it('answers a repeat with the first answer, each actor with keys of its own', async () => {
    const [copyId, key] = [await acquire(), { 'idempotency-key': randomUUID() }];
    const first = await lend(copyId, { ...ADA, ...key });
    const again = await lend(copyId, { ...ADA, ...key });
    expect(first).toMatchObject({ status: 201, body: { version: 2 } });
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await lend(copyId, { ...ADA, ...key }, 'bo')).toMatchObject({
      status: 422,
      body: { type: 'idempotency-key-reused' },
    });
    expect(await lend(copyId, { ...LIBRARIAN, ...key })).toMatchObject({
      status: 409,
      body: { type: 'copy.is-lent' },
    });
  });

  it('holds a command to the version that it is meant for', async () => {
    const copyId = await acquire();
    await lend(copyId);
    const giveBack = (version: string) =>
      send('POST', `/copies/${copyId}/return`, {}, { ...ADA, 'if-match': version });
    expect(await giveBack('"1"')).toMatchObject({
      status: 412,
      body: { type: 'version-mismatch', expectedVersion: 1, actualVersion: 2 },
    });
    expect(await giveBack('"2"')).toMatchObject({ status: 200, body: { version: 3 } });
  });

  it('lets its rules decide on its own routes', async () => {
    expect((await send('POST', '/copies/a/loan', {})).status).toBe(401);
    const loans = await send('GET', '/members/bo/loans', undefined, ADA);
    expect(loans).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } });
  });

  it('stores with each event the correlation id of its request, and who sent it', async () => {
    const copyId = await acquire();
    await lend(copyId, { ...ADA, 'x-correlation-id': 'desk-7' });
    expect((await lastEvent(copyId)).metadata).toMatchObject({ correlationId: 'desk-7', userId: 'ada' });
    // Not by a route of commands: it uses the open context of the request.
    const returned = { ...LIBRARIAN, 'x-correlation-id': 'desk-8' };
    await send('POST', `/copies/${copyId}/return`, {}, returned);
    expect((await lastEvent(copyId)).metadata).toMatchObject({
      correlationId: 'desk-8',
      userId: 'librarian',
    });
  });

  it('stores the trace that the headers of a request name', async () => {
    const contexts = new AsyncLocalStorageContextManager().enable();
    otel.setGlobalContextManager(contexts);
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    try {
      const copyId = await acquire();
      await lend(copyId);
      const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
      await send('POST', `/copies/${copyId}/return`, {}, { ...ADA, traceparent });
      expect((await lastEvent(copyId)).metadata.traceparent).toBe(traceparent);
    } finally {
      otel.disable();
      propagation.disable();
    }
  });

  it('has the correlation id in the store of nestjs-cls', async () => {
    const copyId = await acquire();
    await lend(copyId);
    expect(ofCls.at(-1)).toBe((await lastEvent(copyId)).metadata.correlationId);
    await send('POST', `/copies/${copyId}/return`, {}, { ...ADA, 'x-correlation-id': 'desk-9' });
    expect(ofCls.at(-1)).toBe('desk-9');
  });

  it('makes up one id for a request without any, and another for the next', async () => {
    const ids = await Promise.all(
      [1, 2].map(async () => {
        const copyId = await acquire();
        await lend(copyId);
        await send('POST', `/copies/${copyId}/return`, {}, ADA);
        return (await lastEvent(copyId)).metadata.correlationId;
      }),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('stores with the events of a job its run and its name', async () => {
    const copyId = await acquire();
    await lend(copyId);
    await app.get(OverdueJob).run([copyId], 'overdue/2026-01-31');
    expect((await lastEvent(copyId)).metadata).toMatchObject({
      correlationId: 'overdue/2026-01-31',
      userId: 'overdue-job',
    });
  });

  it('shows operators the projections, and nobody else', async () => {
    expect((await send('GET', '/ops/projections', undefined, ADA)).status).toBe(403);
    expect(await send('GET', '/ops/projections', undefined, LIBRARIAN)).toMatchObject({
      status: 200,
      body: { items: [{ name: 'member-loans' }] },
    });
  });

  it('has, in the registry of the application, all metrics that the dashboard and the alerts ask for', async () => {
    const { position } = (await lend(await acquire())).body;
    await send('GET', '/members/ada/loans', undefined, { ...LIBRARIAN, 'read-after': String(position) });
    const rebuild = (method: string) =>
      send(
        method,
        '/ops/projections/member-loans/rebuild',
        method === 'POST' ? { hold: true } : undefined,
        LIBRARIAN,
      );
    await rebuild('POST');
    await eventually(async () => {
      const { body } = await send('GET', '/ops/projections/member-loans', undefined, LIBRARIAN);
      expect(body.rebuild.state).toBe('held');
    });
    const known = knownMetrics((await send('GET', '/metrics')).body);
    await rebuild('DELETE');
    const dashboard = JSON.parse(page('grafana-dashboard.json'));
    const rules = parse(/```yaml\n(groups:[^]*?)```/.exec(page('observability.md'))![1]!);
    const queries: string[] = [
      ...dashboard.panels.flatMap(({ targets = [] }: any) => targets.map(({ expr }: any) => expr)),
      ...rules.groups.flatMap((group: any) => group.rules.map(({ expr }: any) => expr)),
    ];
    // The others are of the runtime, and of parts that this application does not have.
    const ofOurs = queries.filter(
      (query) => !/process_|nodejs_|\bup\b|eventfold_(relay|intake)_/.test(query),
    );
    expect(ofOurs.length).toBeGreaterThan(20);
    expect(ofOurs.flatMap((query) => complaintsAbout(query, known))).toEqual([]);
  });

  it('times requests by the template of their route, and others as none', async () => {
    await lend(await acquire());
    await send('GET', '/nowhere');
    await eventually(async () => {
      const text: string = (await send('GET', '/metrics')).body;
      const counted = 'eventfold_http_request_duration_seconds_count';
      expect(text).toContain(`${counted}{method="POST",route="/copies/:copyId/loan",status="2xx"}`);
      expect(text).toContain(`${counted}{method="GET",route="none",status="4xx"}`);
    });
  });

  it('is up for terminus, with what each check says', async () => {
    expect(await send('GET', '/health')).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        info: { eventfold: { status: 'up', database: 'ok', migrations: 'ok', projections: 'ok' } },
      },
    });
  });
});

describe('the library without its database', () => {
  it('is down for terminus, and its metrics are those of the process', async () => {
    const database = await createEmptyDatabase();
    const { app, send } = await start('Express', database);
    await database.drop();
    const health = await send('GET', '/health');
    expect(health).toMatchObject({
      status: 503,
      body: { error: { eventfold: { status: 'down', database: 'failed', migrations: 'unknown' } } },
    });
    const text: string = (await send('GET', '/metrics')).body;
    expect(text).toContain('eventfold_events_appended_total');
    expect(text).not.toMatch(/^eventfold_projection_lag_events\{/m);
    await app.close();
  });
});
