/** The spans of commands, appends and turns in a host with an OpenTelemetry SDK. Here the SDK keeps them in memory. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { randomUUID } from 'node:crypto';
import { ConcurrencyError, EventStore } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

let exporter = new InMemorySpanExporter();
let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterEach(stopTracing);
afterAll(() => service.stop());

/**
 * The spans from now on: the projection has folded all events before. The span of such a turn may end after its rows can
 * be read, and goes to the exporter of the test before.
 */
async function startTracing(): Promise<void> {
  await caughtUp(await service.app.get(EventStore).head());
  exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
}

function stopTracing(): void {
  for (const api of [trace, propagation, context]) api.disable();
}

const spans = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const APPEND = 'append eventfold.events';

/** The one span of this name. Fails when there are several. */
function spanOf(name: string): ReadableSpan {
  expect(spans(name)).toHaveLength(1);
  return spans(name)[0]!;
}

const traceparentOf = (span: ReadableSpan) => {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
};

async function register(headers: Record<string, string> = {}) {
  const userId = randomUUID();
  const body = { userId, email: `${userId}@example.org`, name: 'Ada' };
  const answer = await service.api.post('/users', body, headers);
  expect(answer.status).toBe(201);
  return { userId, position: answer.body.position as number };
}

const caughtUp = async (position: number) => {
  const { status } = await service.api.get('/users', { 'read-after': String(position) });
  expect(status).toBe(200);
};

/** The projection's only turn. Its span ends after its rows can be read. */
async function foldedIn(projection: string): Promise<ReadableSpan> {
  await eventually(() => expect(spans(`turn ${projection}`)).not.toEqual([]));
  return spanOf(`turn ${projection}`);
}

const metadataOf = async (userId: string) => {
  const { body } = await service.api.get(`/users/${userId}/history`);
  return body.items[0].metadata as { traceparent?: string };
};

describe('with an SDK', () => {
  it('a command is a span, and its append one within it', async () => {
    await startTracing();
    const { userId, position } = await register();
    const command = spanOf('command UsersController.register');
    const append = spanOf(APPEND);
    expect(command.parentSpanContext).toBeUndefined();
    expect(command.attributes).toEqual({ 'code.function.name': 'UsersController.register' });
    expect(append.parentSpanContext?.spanId).toBe(command.spanContext().spanId);
    expect(append.kind).toBe(SpanKind.PRODUCER);
    expect(append.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.operation.name': 'append',
      'db.collection.name': 'eventfold.events',
      'eventfold.stream.id': `user-${userId}`,
      'eventfold.position': position,
    });
  });

  it("the client's span is the parent of the command's, where the host has none for requests", async () => {
    await startTracing();
    const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    await register({ traceparent: `00-${traceId}-${spanId}-01` });
    const { parentSpanContext } = spanOf('command UsersController.register');
    expect(parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true });
  });

  it('a turn links to the appends that it folds the events of, in a trace of its own', async () => {
    await startTracing();
    const { userId, position } = await register();
    await caughtUp(position);
    const append = spanOf(APPEND);
    expect((await metadataOf(userId)).traceparent).toBe(traceparentOf(append));
    const turn = await foldedIn('user-profile');
    expect(turn.parentSpanContext).toBeUndefined();
    expect(turn.spanContext().traceId).not.toBe(append.spanContext().traceId);
    expect(turn.kind).toBe(SpanKind.CONSUMER);
    expect(turn.links.map(({ context: cause }) => cause)).toEqual([
      expect.objectContaining({ traceId: append.spanContext().traceId, spanId: append.spanContext().spanId }),
    ]);
    expect(turn.attributes).toMatchObject({
      'eventfold.projection.name': 'user-profile',
      'eventfold.projection.build': 'live',
      'messaging.operation.type': 'process',
      'messaging.batch.message_count': 1,
      'eventfold.position': position,
    });
  });

  it('a turn has 32 links at most, however many events it folds', async () => {
    await startTracing();
    await service.api.post('/projections/user-profile/pause');
    await eventually(async () => {
      const { body } = await service.api.get('/projections/user-profile');
      expect(body.status).toBe('paused');
    });
    const users = await Promise.all(Array.from({ length: 40 }, () => register()));
    expect(spans(APPEND)).toHaveLength(40);
    await service.api.post('/projections/user-profile/resume');
    await caughtUp(Math.max(...users.map(({ position }) => position)));
    const turn = await foldedIn('user-profile');
    expect(turn.attributes['messaging.batch.message_count']).toBe(40);
    expect(new Set(turn.links.map(({ context: cause }) => cause.spanId)).size).toBe(32);
    expect(turn.links).toHaveLength(32);
  });

  it('a turn that passes events of other projections alone is no span', async () => {
    await startTracing();
    const { position } = await register();
    const chart = await service.api.get('/contents/popularity', { 'read-after': String(position) });
    expect(chart.status).toBe(200);
    await foldedIn('user-profile');
    expect(spans('turn content-popularity')).toEqual([]);
  });

  it('a refusal is recorded, and is no failure', async () => {
    await startTracing();
    const { userId } = await register();
    expect((await service.api.post(`/users/${userId}/reactivation`)).status).toBe(409);
    const { attributes, events, status } = spanOf('command UsersController.reactivate');
    expect(attributes['error.type']).toBe('user.already-active');
    expect(events.map(({ name }) => name)).toEqual(['exception']);
    expect(status.code).toBe(SpanStatusCode.UNSET);
  });

  it('an append that meets a conflict has failed, within the span of whoever called', async () => {
    await startTracing();
    const store = service.app.get(EventStore);
    await trace.getTracer('host').startActiveSpan('of the host', async (span) => {
      const append = store.appendToStream('a', 7, [{ type: 'a', data: {} }]);
      await expect(append).rejects.toThrow(ConcurrencyError);
      span.end();
    });
    const append = spanOf(APPEND);
    expect(append.parentSpanContext?.spanId).toBe(spanOf('of the host').spanContext().spanId);
    expect(append.attributes['error.type']).toBe('version-conflict');
    expect(append.status.code).toBe(SpanStatusCode.ERROR);
  });

  it('a turn that fails is recorded with its failure', async () => {
    await startTracing();
    await service.database.query('alter table eventfold.user_profiles rename to user_profiles_away');
    try {
      await register();
      await eventually(() => expect(spans('turn user-profile').length).toBeGreaterThan(0));
      const turn = spans('turn user-profile')[0]!;
      expect(turn.status.code).toBe(SpanStatusCode.ERROR);
      expect(turn.events.map(({ name }) => name)).toEqual(['exception']);
      expect(turn.attributes['error.type']).toEqual(expect.any(String));
    } finally {
      await service.database.query('alter table eventfold.user_profiles_away rename to user_profiles');
    }
  });
});

describe('without an SDK', () => {
  beforeEach(async () => {
    await caughtUp(await service.app.get(EventStore).head()); // the failed turn, too
    exporter.reset();
  });

  it('nothing is traced, and events carry no span, even where a client sends one', async () => {
    const { userId } = await register({
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
    expect(Object.keys(await metadataOf(userId)).toSorted()).toEqual([
      'causationId',
      'correlationId',
      'schemaVersion',
    ]);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
