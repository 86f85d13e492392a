import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { IdempotencyKeys } from '../../src/event-sourcing/for-service.js';
import { EventStore, SecondAppendError } from '../../src/event-sourcing/index.js';
import { KeyCleanUp } from '../../src/event-sourcing/idempotency/key-clean-up.js';
import { type Answer, Api } from '../support/http/api.js';
import { gate } from '../support/gate.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';

type Request = [method: string, path: string, body: unknown];

describe('a request with an Idempotency-Key', () => {
  let service: TestService;
  let api: Api;

  beforeAll(async () => {
    service = await startTestService();
    api = service.api;
  });
  afterAll(() => service.stop());

  const send = ([method, path, body]: Request, key: string, headers = {}, to = api) =>
    to.send(method, path, body, { 'idempotency-key': key, ...headers });
  const events = async () =>
    Number((await service.database.query<{ n: string }>('select count(*) as n from eventfold.events'))[0]!.n);
  const email = () => `${randomUUID()}@example.org`;
  const registration = (more = {}): Request => ['POST', '/users', { email: email(), name: 'Ada', ...more }];
  const register = async (): Promise<string> =>
    (await api.post('/users', { email: email(), name: 'Ada' })).body.userId;
  const isRepeat = ({ headers }: Answer) => headers.get('idempotent-replayed') === 'true';

  async function expectRepeatOf(first: Answer, again: Promise<Answer>) {
    const { status, body, headers } = await again;
    expect({ status, body }).toEqual({ status: first.status, body: first.body });
    expect(headers.get('etag')).toBe(first.headers.get('etag'));
    expect(headers.get('location')).toBe(first.headers.get('location'));
    expect(headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(headers.get('idempotent-replayed')).toBe('true');
  }

  const commands: [string, (userId: string) => Request][] = [
    ['a registration', () => registration()],
    ['a registration with an id', () => registration({ userId: randomUUID() })],
    ['a subscription', (id) => ['POST', `/users/${id}/subscription`, { plan: 'basic', paymentMethod: 'm' }]],
    ['preferences', (id) => ['PUT', `/users/${id}/preferences`, { preferences: ['drama'] }]],
    ['a deactivation', (id) => ['POST', `/users/${id}/deactivation`, { reason: 'holiday' }]],
    ['a catalogue entry', () => ['PUT', '/contents/film', { title: 'Film', genre: 'drama' }]],
    ['a rating', (userId) => ['POST', '/viewing/rated', { userId, contentId: 'film', rating: 4 }]],
  ];
  it.each(commands)('takes effect once and gets its first answer again: %s', async (_, requestOf) => {
    const request = requestOf(await register());
    const key = randomUUID();
    const first = await send(request, key);
    expect(first.status).toBeLessThan(300);
    expect(isRepeat(first)).toBe(false);
    const before = await events();
    await expectRepeatOf(first, send(request, key));
    await api.send(...request);
    await expectRepeatOf(first, send(request, key));
    expect(await events()).toBeLessThanOrEqual(before + 1);
  });

  it('gets the first verdicts again when it holds many events, whatever became of them since', async () => {
    const [userId, known, twice] = [await register(), randomUUID(), randomUUID()];
    const rated = (more: object) => ({
      type: 'content.rated',
      userId,
      contentId: 'film',
      rating: 3,
      ...more,
    });
    await api.post('/viewing/events', [rated({ eventId: known })]);
    const soon = new Date(Date.now() + 6 * 60_000).toISOString();
    const request: Request = [
      'POST',
      '/viewing/events',
      [
        rated({ eventId: twice }),
        rated({ rating: 9 }),
        rated({ eventId: known }),
        rated({ occurredAt: soon }),
        rated({ eventId: twice }),
        rated({}),
      ],
    ];
    const key = randomUUID();
    const first = await send(request, key);
    expect(first.body.verdicts.map(({ verdict }: { verdict: string }) => verdict)).toEqual([
      'appended',
      'invalid',
      'duplicate',
      'invalid',
      'duplicate',
      'appended',
    ]);
    const before = await events();
    await expectRepeatOf(first, send(request, key));
    expect(await events()).toBe(before);
  });

  it('gets the first verdicts again when they tell of texts that PostgreSQL cannot store', async () => {
    const userId = await register();
    const good = { type: 'content.rated', userId, contentId: 'film', rating: 4 };
    const entries = [
      good,
      { ...good, eventId: 'a\0b' },
      { ...good, 'x\0': 1 },
      { ...good, '\ud800': 1 },
      { eventId: '\udc00' },
    ];
    const request: Request = ['POST', '/viewing/events', entries];
    const key = randomUUID();
    const first = await send(request, key);
    expect(first).toMatchObject({ status: 200 });
    expect(first.body.verdicts.map(({ verdict }: any) => verdict)).toEqual([
      'appended',
      ...Array(4).fill('invalid'),
    ]);
    await expectRepeatOf(first, send(request, key));
  });

  it('gets the first refusal again, even when the rule would say yes by now', async () => {
    const userId = await register();
    const reactivation: Request = ['POST', `/users/${userId}/reactivation`, {}];
    const key = randomUUID();
    const first = await send(reactivation, key);
    expect(first.body).toMatchObject({ status: 409, type: 'user.already-active' });
    await api.post(`/users/${userId}/deactivation`, {});
    await expectRepeatOf(first, send(reactivation, key));
    expect((await send(reactivation, randomUUID())).status).toBe(200);
  });

  it('gets the first 404 and the first 412 again', async () => {
    const request: Request = ['PUT', `/users/${randomUUID()}/preferences`, { preferences: [] }];
    const missing = await send(request, 'missing');
    expect(missing.status).toBe(404);
    await expectRepeatOf(missing, send(request, 'missing'));

    const stale: Request = ['PUT', `/users/${await register()}/preferences`, { preferences: ['drama'] }];
    const mismatch = await send(stale, 'stale', { 'if-match': '"7"' });
    expect(mismatch.body).toMatchObject({ status: 412, expectedVersion: 7, actualVersion: 1 });
    await expectRepeatOf(mismatch, send(stale, 'stale', { 'if-match': '"7"' }));
  });

  it('gets the first answer again when it changed nothing', async () => {
    const userId = await register();
    const request: Request = ['PUT', `/users/${userId}/preferences`, { preferences: [] }];
    const key = randomUUID();
    const first = await send(request, key);
    expect(first.body.version).toBe(1);
    await api.put(`/users/${userId}/preferences`, { preferences: ['comedy'] });
    await expectRepeatOf(first, send(request, key));
  });

  it('is refused when the key was used for another body, another route or another If-Match', async () => {
    const userId = await register();
    const key = randomUUID();
    const request: Request = ['PUT', `/users/${userId}/preferences`, { preferences: ['drama'] }];
    await send(request, key, { 'if-match': '"1"' });
    const before = await events();
    const others = [
      send(['PUT', `/users/${userId}/preferences`, { preferences: ['comedy'] }], key, { 'if-match': '"1"' }),
      send(['POST', `/users/${userId}/deactivation`, {}], key),
      send(request, key),
      send(registration(), key),
    ];
    for (const answer of await Promise.all(others)) {
      expect(answer.body).toMatchObject({ status: 422, type: 'idempotency-key-reused' });
      expect(isRepeat(answer)).toBe(false);
    }
    expect(await events()).toBe(before);
  });

  it('leaves its key free when it is not valid', async () => {
    const key = randomUUID();
    expect((await send(registration({ name: '' }), key)).status).toBe(400);
    expect((await send(registration(), key)).status).toBe(201);
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(256)],
    ['not ASCII', 'caf\u00e9'],
  ])('is refused when its key is %s', async (_, key) => {
    const answer = await send(registration(), key);
    expect(answer.body).toMatchObject({ status: 400, errors: [{ path: 'Idempotency-Key' }] });
  });

  it('is answered alike, and takes effect once, when it comes many times at the same moment', async () => {
    const second = await startOn(service.database.url, { PROJECTIONS: 'off' });
    try {
      const apis = [api, new Api(second.url)];
      const request = registration();
      const before = await events();
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => send(request, 'rush', {}, apis[index % 2])),
      );
      expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
      expect(answers[0]!.status).toBe(201);
      expect(answers.filter((answer) => !isRepeat(answer))).toHaveLength(1);
      expect(await events()).toBe(before + 2);
    } finally {
      await second.stop();
    }
  });

  it('is known to an instance that starts later', async () => {
    const request = registration();
    const first = await send(request, 'before the restart');
    const later = await startOn(service.database.url, { PROJECTIONS: 'off' });
    try {
      await expectRepeatOf(first, send(request, 'before the restart', {}, new Api(later.url)));
    } finally {
      await later.stop();
    }
  });

  it('takes effect once when connections are lost and the client tries until it is answered', async () => {
    const stored = await events();
    const answered: Answer[] = [];
    const until = async (request: Request, key: string): Promise<Answer> => {
      const answer = await send(request, key);
      if (answer.status === 503) return until(request, key);
      answered.push(answer);
      return answer;
    };
    const requests = Array.from({ length: 60 }, (_, index) => [registration(), `lost-${index}`] as const);
    const requesting = new AbortController();
    const cuts = async () => {
      // At varying moments, and at most four times from one answer to the next: a slow machine connects for longer.
      while (!requesting.signal.aborted) {
        const before = answered.length;
        for (const pauseMs of [5, 15, 40, 120]) {
          await service.database.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
              where datname = current_database() and application_name = 'eventfold'`,
          );
          await sleep(pauseMs);
        }
        while (answered.length === before && !requesting.signal.aborted) await sleep(5);
      }
    };
    const cutting = cuts();
    try {
      const answers = await Promise.all(requests.map((request) => until(...request)));
      expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 201));
    } finally {
      requesting.abort();
      await cutting;
    }
    expect(await events()).toBe(stored + 120);
  });
});

describe('idempotency keys', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off' });
  });
  afterAll(() => service.stop());

  it('are forgotten after a day, and not before', async () => {
    for (const [key, age] of [
      ['old', '25 hours'],
      ['young', '23 hours'],
    ]) {
      await service.database.query(
        `insert into eventfold.idempotency_keys (key, fingerprint, answer, recorded_at)
         values ($1, '', '{}', now() - $2::interval)`,
        [key, age],
      );
    }
    await service.app.get(KeyCleanUp).deleteExpired();
    expect(await service.database.query('select key from eventfold.idempotency_keys')).toEqual([
      { key: 'young' },
    ]);
  });

  const noted = [{ type: 'test.noted', data: {} }];
  const storedOf = (streamId: string) =>
    service.database.query('select from eventfold.events where stream_id = $1', [streamId]);
  /** Runs `work` under the key twice. @returns the outcome of both calls */
  async function twice(key: string, work: () => Promise<unknown>) {
    const call = () =>
      service.app.get(IdempotencyKeys).once(
        { key, fingerprint: '' },
        async () => ({ first: await work() }),
        () => ({ first: 'restored' }),
      );
    return [await call().catch((error) => error), await call().catch((error) => error)];
  }

  it.each([
    ['one after the other', async (one: () => Promise<unknown>) => [await one(), await one()]],
    ['at the same moment', (one: () => Promise<unknown>) => Promise.all([one(), one()])],
  ])(
    'cover one append: of two %s the second is refused, and the repeat is no success',
    async (when, both) => {
      const store = service.app.get(EventStore);
      const ids: string[] = [];
      const [first, again] = await twice(`two ${when}`, () =>
        both(() => store.appendToStream((ids[ids.length] = `s-${randomUUID()}`), 'any', noted)),
      );
      expect(first).toBeInstanceOf(SecondAppendError);
      expect(again).toMatchObject({ kind: 'conflict', code: 'answer-not-known' });
      expect(again.details.position).toEqual(expect.any(Number));
      const [stored, ...others] = await Promise.all(ids.map(storedOf));
      expect(stored).toHaveLength(1);
      expect(others.flat()).toEqual([]);
    },
  );

  it.each([
    ['appended', noted],
    ['appended nothing', []],
  ])('do not cover a task that was left running by a call that %s', async (did, events) => {
    const store = service.app.get(EventStore);
    const over = gate();
    const left: Promise<unknown>[] = [];
    const streamId = `audit-${randomUUID()}`;
    const work = async () => {
      if (events.length > 0) await store.appendToStream(`s-${randomUUID()}`, 'any', events);
      left.push(over.wait().then(() => store.appendToStream(streamId, 'any', noted)));
    };
    const [first, again] = await twice(`left running, ${did}`, work);
    over.open();
    await Promise.all(left);
    expect([first.isRepeat, again.isRepeat]).toEqual([false, true]);
    expect(await storedOf(streamId)).toHaveLength(left.length);
  });

  it('cover one append that waits for a commit: a second one keeps it from being committed', async () => {
    const store = service.app.get(EventStore);
    const streamId = `s-${randomUUID()}`;
    const work = () =>
      service.app.get(DataSource).transaction(async (manager) => {
        await store.appendToStream(streamId, 'any', noted, { manager, at: 'commit' });
        await store.appendToStream(streamId, 'any', noted, { manager, at: 'commit' });
      });
    expect(await twice('twice at a commit', work)).toEqual([
      expect.any(SecondAppendError),
      expect.any(SecondAppendError),
    ]);
    expect(await storedOf(streamId)).toEqual([]);
  });

  it.each(['call', 'commit'] as const)(
    'are free for another append when a rollback undid the first: %s',
    async (at) => {
      const store = service.app.get(EventStore);
      const streamId = `s-${randomUUID()}`;
      const [first, again] = await twice(`rolled back ${at}`, () =>
        service.app.get(DataSource).transaction(async (manager) => {
          await manager
            .transaction(async (inner) => {
              await store.appendToStream(streamId, 'any', noted, { manager: inner, at: at as 'call' });
              throw new Error('not this way');
            })
            .catch(() => undefined);
          await store.appendToStream(streamId, 'any', noted, { manager, at: at as 'call' });
        }),
      );
      expect(first).toMatchObject({ isRepeat: false });
      expect(again).toEqual({ result: { first: 'restored' }, isRepeat: true });
      expect(await storedOf(streamId)).toHaveLength(1);
    },
  );
});
