import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Answer } from '../support/http/api.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

/**
 * A request that breaks a rule of a field or of the whole is answered as a problem that names the field, and the log
 * does not change. Valid values at both sides of each limit are sent as well, and accepted.
 */
let service: TestService;
/** A user who is registered from the start. Every change to it is a bad one. */
const USER = '7b0c5d0e-1f2a-4c3b-8d4e-5f6a7b8c9d0e';

beforeAll(async () => {
  service = await startTestService();
  for (const userId of [USER, randomUUID()]) await register(userId);
});
afterAll(() => service.stop());

const view = { userId: USER, contentId: 'film', watchDurationSeconds: 60, completionPercentage: 50 };
const rating = { userId: USER, contentId: 'film', rating: 3 };

/** A valid request of each kind. */
type Request = [method: string, path: string, body: object];
const requests = {
  registration: (): Request => ['POST', '/users', { email: anyEmail(), name: 'Ada' }],
  subscription: (user = USER): Request => {
    return ['POST', `/users/${user}/subscription`, { plan: 'basic', paymentMethod: 'card' }];
  },
  preferences: (user = USER): Request => ['PUT', `/users/${user}/preferences`, { preferences: ['drama'] }],
  deactivation: (user = USER): Request => ['POST', `/users/${user}/deactivation`, { reason: 'moved' }],
  catalogue: (): Request => ['PUT', '/contents/film', { title: 'Film', genre: 'drama' }],
  watched: (userId = USER): Request => ['POST', '/viewing/watched', { ...view, userId }],
  rated: (userId = USER): Request => ['POST', '/viewing/rated', { ...rating, userId }],
};
type Kind = keyof typeof requests;
const kinds = Object.keys(requests) as Kind[];

async function send(kind: Kind, change: object = {}, user = USER): Promise<Answer> {
  const [method, path, body] = requests[kind](user);
  return service.api.send(method, path, { ...body, ...change });
}

function register(userId: string): Promise<Answer> {
  return service.api.post('/users', { userId, email: anyEmail(), name: 'Ada' });
}

async function logSize(): Promise<number> {
  const [row] = await service.database.query<{ size: number }>(
    'select count(*)::int as size from eventfold.events',
  );
  return row!.size;
}

/** @param expected.what for the report, when one test sends several requests */
async function expectRefused(
  request: () => Promise<Answer>,
  expected: { status?: number; path?: string; what?: string } = {},
): Promise<void> {
  const { status = 400, path, what } = expected;
  const before = await logSize();
  const answer = await request();
  expect({ what, ...answer }).toMatchObject({
    what,
    status,
    body: {
      type: expect.stringMatching(/^[a-z.-]+$/),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      correlationId: expect.any(String),
      ...(path !== undefined && {
        type: 'invalid-request',
        errors: expect.arrayContaining([{ path, message: expect.stringContaining(path) }]),
      }),
    },
  });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(await logSize()).toBe(before);
}

/** For a user of its own, to whom the change applies. */
async function expectAccepted(kind: Kind, change: object): Promise<Answer> {
  const user = randomUUID();
  await register(user);
  const answer = await send(kind, change, user);
  expect(answer.body).not.toHaveProperty('errors');
  expect([200, 201, 202]).toContain(answer.status);
  return answer;
}

/** Values of one field. JSON has no word for a missing one. */
interface Values {
  wrong: unknown[];
  right: unknown[];
}
const LEFT_OUT = undefined;
const required = ({ wrong, right }: Values): Values => ({ wrong: [LEFT_OUT, ...wrong], right });
const optional = ({ wrong, right }: Values): Values => ({ wrong, right: [LEFT_OUT, ...right] });

const NOT_TEXT = [null, 1, true, ['x'], { x: 'x' }, '', 'U+0000: \0', 'half a pair: \ud83c'];
const NOT_A_NUMBER = [null, '1', '', true, [1], {}];
const text = (max: number): Values => ({
  wrong: [...NOT_TEXT, 'x'.repeat(max + 1)],
  right: ['x', 'x'.repeat(max), '\u{1F3AC}'.repeat(max)],
});
const uuid = (): Values => ({
  wrong: [...NOT_TEXT, 'no-uuid', USER.slice(1), `${USER}0`, `${USER}\0`],
  right: [randomUUID(), randomUUID().toUpperCase()],
});
const email: Values = {
  wrong: [...NOT_TEXT, 'ada', '@example.org', 'ada@', 'ada@example', 'a da@example.org', emailOf(255)],
  right: [emailOf(254), 'Ada+films@example.org'],
};
const NOT_TEXTS = [null, 1, 'drama', { 0: 'drama' }, [1], [null], [['a']], [''], [' '], ['\0'], ['\ud83c']];
const textSet: Values = {
  wrong: [...NOT_TEXTS, ['a', 'a'], ['a', ' a '], ['x'.repeat(65)], numbered(51)],
  right: [[], ['x'.repeat(64)], [` ${'x'.repeat(64)} `], numbered(50)],
};
const plan: Values = {
  wrong: [...NOT_TEXT, 'gold', 'BASIC', ['basic'], 'constructor'],
  right: ['basic', 'standard', 'premium'],
};
const seconds: Values = { wrong: [...NOT_A_NUMBER, -1, -0.1], right: [0, 0.5, 86_400] };
const percentage: Values = { wrong: [...NOT_A_NUMBER, -0.1, 100.1], right: [0, 33.3, 100] };
const stars: Values = { wrong: [...NOT_A_NUMBER, 0, 4.5, 6], right: [1, 5] };
const NO_INSTANT = ['yesterday', '2026-01-31', '2026-01-31T25:00:00Z', '2026-02-30T20:15:00Z', 1_769_890_500];
const NO_OFFSET = ['2026-01-31T20:15:00', '2026-01-31T20:15:00+25:00', '2026-01-31 20:15:00Z'];
/** ISO 8601 in forms that `Date` does not read. */
const NO_DATE = ['2026-W05-6T20:15:00Z', '2026-031T20:15:00Z', '20260131T20:15:00Z', '+2026-01-31T20:15:00Z'];
const pastInstant: Values = {
  wrong: [...NOT_TEXT, ...NO_INSTANT, ...NO_OFFSET, ...NO_DATE, inMinutes(6)],
  right: ['2026-01-31T20:15Z', '2026-01-31T20:15:00.123+02:00', inMinutes(4)],
};

function anyEmail(): string {
  return `${randomUUID()}@example.org`;
}

function emailOf(length: number): string {
  const domain = ['d'.repeat(63), 'd'.repeat(63), 'org'].join('.');
  const local = 'l'.repeat(64);
  return `${local}@${'d'.repeat(length - local.length - domain.length - 2)}.${domain}`;
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index).padStart(64, 'x'));
}

function inMinutes(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}

/** A text for the name of a test. */
function inShort(value: unknown): string {
  const json = JSON.stringify(value) ?? 'left out';
  return json.length > 60 ? `${json.slice(0, 40)}... (${json.length - 2})` : json;
}

const fields: [kind: Kind, field: string, values: Values][] = [
  ['registration', 'email', required(email)],
  ['registration', 'name', required(text(200))],
  ['registration', 'initialPreferences', optional(textSet)],
  ['registration', 'userId', optional(uuid())],
  ['subscription', 'plan', required(plan)],
  ['subscription', 'paymentMethod', required(text(255))],
  ['preferences', 'preferences', required(textSet)],
  ['deactivation', 'reason', optional(text(1_000))],
  ['catalogue', 'title', required(text(500))],
  ['catalogue', 'genre', required(text(64))],
  ['watched', 'userId', required(uuid())],
  ['watched', 'contentId', required(text(128))],
  ['watched', 'watchDurationSeconds', required(seconds)],
  ['watched', 'completionPercentage', required(percentage)],
  ['watched', 'genre', optional(text(64))],
  ['watched', 'eventId', optional(uuid())],
  ['watched', 'occurredAt', optional(pastInstant)],
  ['rated', 'userId', required(uuid())],
  ['rated', 'contentId', required(text(128))],
  ['rated', 'rating', required(stars)],
  ['rated', 'eventId', optional(uuid())],
  ['rated', 'occurredAt', optional(pastInstant)],
];
const rows = (side: keyof Values) =>
  fields.flatMap(([kind, field, values]) =>
    values[side].map((value) => ({ kind, field, value, shown: inShort(value) })),
  );

describe('a field of a body', () => {
  it.each(rows('wrong'))('$kind: $field is not $shown', async ({ kind, field, value }) => {
    await expectRefused(() => send(kind, { [field]: value }), { path: field });
  });

  it.each(rows('right'))('$kind: $field may be $shown', async ({ kind, field, value }) => {
    await expectAccepted(kind, { [field]: value });
  });

  it.each(kinds)('%s: no field is there that nobody knows, whatever its name', async (kind) => {
    for (const field of ['extra', 'constructor', 'toString', 'hasOwnProperty', 'toEvent', '__proto__']) {
      await expectRefused(() => send(kind, { [field]: 1 }), { what: field });
    }
  });

  it('is a preference without the blanks around it, kept that way', async () => {
    const { body } = await expectAccepted('registration', { initialPreferences: [' drama', 'film noir\t'] });
    const user = await service.api.get(`/users/${body.userId}`);
    expect(user.body.preferences).toEqual(['drama', 'film noir']);
  });

  it('is an e-mail address that nobody else has, whatever its case', async () => {
    const address = anyEmail();
    await expectAccepted('registration', { email: address });
    await expectRefused(() => send('registration', { email: address.toUpperCase() }), { status: 409 });
  });
});

describe('a body', () => {
  it.each(kinds)('of %s is one object in JSON', async (kind) => {
    const [method, path, good] = requests[kind]();
    const json = JSON.stringify(good);
    const wrong = [
      '[]',
      '[{}]',
      `[${json}]`,
      'null',
      '"text"',
      '5',
      'true',
      json.slice(0, -1),
      `${json}}`,
      "{'a':1}",
    ];
    for (const body of wrong) await expectRefused(() => service.api.send(method, path, body), { what: body });
  });

  it('has no number beyond the range of numbers', async () => {
    const body = JSON.stringify(view).replace(':60', ':1e999');
    await expectRefused(() => service.api.post('/viewing/watched', body), { path: 'watchDurationSeconds' });
  });

  it.each(['__proto__', 'constructor'])('reaches no prototype by way of %s', async (key) => {
    const body = `{"email":"${anyEmail()}","name":"Ada","${key}":{"prototype":{"isAdmin":true}}}`;
    await expectRefused(() => service.api.post('/users', body));
    expect({}).not.toHaveProperty('isAdmin');
  });

  it.each([33, 30_000])('is not nested %i levels deep, which no stack of ours has to bear', async (depth) => {
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    for (const kind of kinds) {
      const [method, path] = requests[kind]();
      await expectRefused(() => service.api.send(method, path, `{"name":${deep}}`), { what: kind });
    }
    const headers = { 'idempotency-key': `deep-${depth}` };
    await expectRefused(() => service.api.post('/viewing/events', deep, headers));
  });

  it('is not nested 200000 levels deep, where a batch has room for that', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    await expectRefused(() => service.api.post('/viewing/events', deep, { 'idempotency-key': 'deepest' }));
  });

  it('has twenty of its errors told, and names of a hundred characters', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 2_500 }, (_, at) => [`property-${at}`, 1]));
    for (const kind of kinds) {
      const { status, body } = await send(kind, unknown);
      expect({ kind, status, told: body.errors.length }).toEqual({ kind, status: 400, told: 20 });
      expect(body.detail).toMatch(/; and \d+ more$/);
      const long = (await send(kind, { ['n'.repeat(60_000)]: 1 })).body;
      expect(JSON.stringify(long).length).toBeLessThan(1_000);
    }
  });

  it('has at most 64 kB', async () => {
    const LIMIT = 65_536;
    const userId = randomUUID();
    await register(userId);
    for (const kind of kinds) {
      const [method, path, body] = requests[kind](userId);
      const padded = (size: number) => JSON.stringify(body).padEnd(size);
      expect((await service.api.send(method, path, padded(LIMIT))).status).not.toBe(413);
      await expectRefused(() => service.api.send(method, path, padded(LIMIT + 1)), { status: 413 });
    }
    await expectRefused(() => service.api.post('/projections/user-profile/rebuild', ' '.repeat(LIMIT + 1)), {
      status: 413,
    });
  });

  it('has at most BODY_LIMIT_BYTES, when it is a batch', async () => {
    const LIMIT = 1_048_576;
    const padded = (size: number) => JSON.stringify([{ ...view, type: 'content.watched' }]).padEnd(size);
    expect(await service.api.post('/viewing/events', padded(LIMIT))).toMatchObject({ status: 200 });
    await expectRefused(() => service.api.post('/viewing/events', padded(LIMIT + 1)), { status: 413 });
  });

  it('that is too large is answered while it is sent, and leaves its connection to the next', async () => {
    const { hostname, port } = new URL(service.api.url);
    const socket = connect(Number(port), hostname);
    const said: string[] = [];
    socket.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    const head = 'Host: localhost\r\nContent-Type: application/json';
    socket.write(`POST /users HTTP/1.1\r\n${head}\r\nContent-Length: 1200000\r\n\r\n`);
    await once(socket, 'data');
    expect(said.join('')).toMatch(/^HTTP\/1\.1 413 /);
    socket.write(' '.repeat(1_200_000));
    socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(said.join('')).toMatch(/HTTP\/1\.1 200 OK[^]*"status":"ok"/);
  });

  it('has at most as much, also when its length is not told beforehand', async () => {
    const { url } = service.api;
    const headers = { 'content-type': 'application/json' };
    const body = new Blob([' '.repeat(2_000_000)]).stream();
    const answer = await fetch(`${url}/users`, { method: 'POST', headers, body, duplex: 'half' });
    expect(answer.status).toBe(413);
  });

  it.each([
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'json',
  ])('is not %s', async (type) => {
    const body =
      type === 'application/x-www-form-urlencoded'
        ? `email=${anyEmail()}&name=Ada`
        : JSON.stringify({ email: anyEmail(), name: 'Ada' });
    await expectRefused(() => service.api.post('/users', body, { 'content-type': type }), { status: 415 });
  });

  it('is not needed where every field of it is optional', async () => {
    const { userId } = (await expectAccepted('registration', {})).body;
    expect(await service.api.post(`/users/${userId}/deactivation`)).toMatchObject({ status: 200 });
  });
});

describe('a batch', () => {
  const sendBatch = (body: unknown) => service.api.post('/viewing/events', body);
  const typed = {
    watched: { type: 'content.watched', ...view },
    rated: { type: 'content.rated', ...rating },
  };

  it.each([
    ['an object', {}],
    ['one event', typed.rated],
    ['nothing', 'null'],
    ['a text', '"content.rated"'],
    ['empty', []],
    ['more than 1,000 events', Array(1_001).fill(typed.rated)],
    ['cut off', '[{},'],
  ])('is not %s', async (_, body) => {
    await expectRefused(() => sendBatch(body));
  });

  it('is checked by the rules of the single events, entry by entry', async () => {
    const wrong = rows('wrong').flatMap(({ kind, field, value }) =>
      kind === 'watched' || kind === 'rated' ? [{ field, event: { ...typed[kind], [field]: value } }] : [],
    );
    await expectAllInvalid(
      wrong.map(({ event }) => event),
      wrong.map(({ field }) => field),
    );
  });

  it('holds objects of the two types that there are', async () => {
    const untyped = [null, 1, 'content.rated', [], [typed.rated], {}, rating, { ...rating, type: null }];
    const mistyped = ['content.catalogued', 'rated', ['content.rated'], '__proto__'].map((type) => ({
      ...rating,
      type,
    }));
    const entries = [...untyped, ...mistyped];
    await expectAllInvalid(
      entries,
      entries.map(() => 'type'),
    );
  });

  it.each(['extra', 'constructor', 'toString', 'toEvent'])(
    'holds no event with the field %s',
    async (field) => {
      await expectAllInvalid([{ ...typed.rated, [field]: 1 }], [field]);
    },
  );

  it('is told of its errors in fewer words than it has, which is all that is kept with its key', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`property-${at}`, 1]));
    const entries = Array.from({ length: 1_000 }, () => ({
      ...typed.rated,
      eventId: 'x'.repeat(200),
      ...unknown,
    }));
    const sent = JSON.stringify(entries);
    const answer = await service.api.post('/viewing/events', sent, { 'idempotency-key': 'many-errors' });
    const told = answer.body.verdicts.map(({ errors }: any) => errors.length);
    expect(told).toEqual([20, ...Array(999).fill(1)]);
    expect(answer.body.verdicts[0].eventId).toHaveLength(100);
    const [kept] = await service.database.query<{ bytes: number }>(
      `select octet_length(answer::text) as bytes from eventfold.idempotency_keys where key like '%many-errors'`,
    );
    for (const bytes of [JSON.stringify(answer.body).length, kept!.bytes]) {
      expect(bytes).toBeLessThan(sent.length / 3);
    }
  });

  async function expectAllInvalid(entries: unknown[], paths: string[]): Promise<void> {
    const before = await logSize();
    const { status, body } = await sendBatch(entries);
    expect(status).toBe(200);
    const checked = body.verdicts.map((verdict: any, index: number) => ({
      entry: inShort(entries[index]),
      verdict: verdict.verdict,
      paths: verdict.errors?.map((error: any) => error.path),
    }));
    expect(checked).toEqual(
      paths.map((path, index) => ({ entry: inShort(entries[index]), verdict: 'invalid', paths: [path] })),
    );
    expect(await logSize()).toEqual(before);
  }
});

describe('a path', () => {
  const NO_BODY = undefined;

  it.each([
    ['GET', '/users/ID', NO_BODY],
    ['GET', '/users/ID/profile', NO_BODY],
    ['GET', '/users/ID/history', NO_BODY],
    ['POST', '/users/ID/subscription', requests.subscription()[2]],
    ['PUT', '/users/ID/preferences', requests.preferences()[2]],
    ['POST', '/users/ID/deactivation', {}],
    ['POST', '/users/ID/reactivation', {}],
  ])('%s %s names its user by a UUID', async (method, path, body) => {
    for (const id of ['no-uuid', `${USER}0`, '%00', `${USER}%00`, '%F0%9F%8E%AC', `user-${USER}`]) {
      const sent = path.replace('ID', id);
      await expectRefused(() => service.api.send(method, sent, body), { path: 'userId', what: sent });
    }
  });

  it.each([
    ['GET', '/contents/ID/popularity', NO_BODY],
    ['PUT', '/contents/ID', requests.catalogue()[2]],
  ])('%s %s names its content by 1 to 128 characters', async (method, path, body) => {
    for (const id of ['x'.repeat(129), '%00', 'film%00', encodeURIComponent('\u{1F3AC}'.repeat(129))]) {
      const sent = path.replace('ID', id);
      await expectRefused(() => service.api.send(method, sent, body), { path: 'contentId', what: sent });
    }
    for (const id of ['x', 'x'.repeat(128), '\u{1F3AC}'.repeat(128), 'a/b', '%', ' ']) {
      await service.api.put(`/contents/${encodeURIComponent(id)}`, requests.catalogue()[2]);
      const head = String(await logSize());
      const sent = path.replace('ID', encodeURIComponent(id));
      expect(await service.api.send(method, sent, body, { 'read-after': head })).toMatchObject({
        status: 200,
      });
    }
  });

  it.each([
    ['a lonely percent sign', '%', 400],
    ['no hexadecimal digits', '%zz', 400],
    ['no UTF-8', '%ff', 400],
    ['half of a surrogate pair', '%ED%A0%80', 400],
    ['more than any id can have', 'x'.repeat(12_001), 414],
  ])('is a problem like any other when it has %s', async (_, id, status) => {
    for (const path of [`/contents/${id}`, `/users/${id}/preferences`]) {
      await expectRefused(() => service.api.put(path, {}), { status, what: path });
    }
  });
});

describe('a header', () => {
  const get = (path: string, headers: Record<string, string>) => () => service.api.get(path, headers);

  it.each(['3', '""', '"x"', '"-1"', '"1.5"', 'W/"1"', '"1", "2"', '*', '"99999999999"', ''])(
    'If-Match is not %s',
    async (version) => {
      const [, path, body] = requests.subscription();
      await expectRefused(() => service.api.post(path, body, { 'if-match': version }), { path: 'If-Match' });
    },
  );

  it.each(['x', '-1', '1.5', '1 2', '0x10', '1'.repeat(16), ''])('Read-After is not %j', async (position) => {
    for (const path of [
      `/users/${USER}/profile`,
      '/users',
      '/contents/film/popularity',
      '/contents/popularity',
    ]) {
      await expectRefused(get(path, { 'read-after': position }), { path: 'Read-After', what: path });
    }
  });

  it.each(['two words', 'gr\u00fc\u00dfe', 'x'.repeat(256), ''])('X-Correlation-Id is not %j', async (id) => {
    const headers = { 'x-correlation-id': id };
    const sent = () => service.api.post('/users', requests.registration()[2], headers);
    await expectRefused(sent, { path: 'X-Correlation-Id' });
  });
});

describe('a query', () => {
  const lists = ['/users', '/contents/popularity', `/users/${USER}/history`];

  it.each(lists)('of %s has a limit from 1 to 200', async (list) => {
    for (const limit of ['0', '201', '-1', '1.5', 'abc', '', '1e2', '0x10', '%00']) {
      await expectRefused(() => service.api.get(`${list}?limit=${limit}`), { path: 'limit', what: limit });
    }
    await expectRefused(() => service.api.get(`${list}?limit=1&limit=2`), { path: 'limit' });
    for (const limit of [1, 200]) {
      expect(await service.api.get(`${list}?limit=${limit}`)).toMatchObject({ status: 200 });
    }
  });

  it.each([...lists, `/users/${USER}`])('of %s has no parameter that nobody knows', async (path) => {
    for (const name of ['extra', 'constructor', 'toString', '__proto__']) {
      await expectRefused(() => service.api.get(`${path}?${name}=1`), { path: name, what: name });
    }
  });

  it.each([
    ['/users?plan=gold', 'plan'],
    ['/users?plan=free&plan=basic', 'plan'],
    ['/users?isActive=yes', 'isActive'],
    ['/users?genre=', 'genre'],
    ['/users?genre=a%00', 'genre'],
    [`/users?genre=${'x'.repeat(65)}`, 'genre'],
    ['/contents/popularity?sort=newest', 'sort'],
    ['/contents/popularity?sort=constructor', 'sort'],
    ['/contents/popularity?genre=a%00', 'genre'],
    [`/users/${USER}?version=0`, 'version'],
    [`/users/${USER}?version=1.5`, 'version'],
    [`/users/${USER}?version=2147483648`, 'version'],
    [`/users/${USER}?at=2026-01-31T20:15:00`, 'at'],
    [`/users/${USER}?at=2026-W05-6T20:15:00Z`, 'at'],
    [`/users/${USER}?at=yesterday`, 'at'],
    [`/users/${USER}/history?after=-1`, 'after'],
    [`/users/${USER}/history?after=x`, 'after'],
  ])('is not %s', async (path, parameter) => {
    await expectRefused(() => service.api.get(path), { path: parameter });
  });

  it('reads a history to its end, however far beyond it the page begins', async () => {
    const history = await service.api.get(`/users/${USER}/history?after=${2 ** 31 - 2}`);
    expect(history).toMatchObject({ status: 200, body: { items: [], nextCursor: null } });
  });
});

describe('a cursor', () => {
  const forged = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

  it.each(['', 'x', '%00', 'bnVsbA', 'W10', forged('users', 1, 2), 'x'.repeat(2_001)])(
    'is not %j',
    async (cursor) => {
      for (const list of ['/users', '/contents/popularity']) {
        await expectRefused(() => service.api.get(`${list}?cursor=${cursor}`), {
          path: 'cursor',
          what: list,
        });
      }
    },
  );

  it('belongs to the list that gave it out, filters and all', async () => {
    const cursor = await cursorOf('/users');
    for (const other of [
      '/users?plan=free',
      '/users?isActive=true',
      '/users?genre=drama',
      '/contents/popularity?',
    ]) {
      await expectRefused(() => service.api.get(`${other}&cursor=${cursor}`), {
        path: 'cursor',
        what: other,
      });
    }
    expect(await service.api.get(`/users?cursor=${cursor}`)).toMatchObject({ status: 200 });
  });

  it.each([
    ['/users', 'no time', USER],
    ['/users', '2026-01-31T20:15:00Z', 'no-uuid'],
    ['/users', '+999999-01-01T00:00:00Z', USER],
    ['/contents/popularity', 'no number', 'film'],
    ['/contents/popularity', '1e999', 'film'],
    ['/contents/popularity', '0', 'film\0'],
  ])('of %s is not made up of (%j, %j)', async (list, value, id) => {
    const [nameOfList] = JSON.parse(Buffer.from(await cursorOf(list), 'base64url').toString());
    const cursor = forged(nameOfList, value, id);
    await expectRefused(() => service.api.get(`${list}?cursor=${cursor}`), { path: 'cursor' });
  });

  /** The cursor at the first of two rows, which exist by then. */
  async function cursorOf(list: string): Promise<string> {
    for (const contentId of ['film', 'other']) await send('watched', { contentId });
    const page = await service.api.get(`${list}?limit=1`, { 'read-after': String(await logSize()) });
    return page.body.nextCursor;
  }
});

describe('what was accepted, and the edge of the calendar,', () => {
  const EDGES = [
    '0001-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '-0001-01-01T00:00:00Z',
    '1969-12-31T24:00:00Z',
  ];

  it.each([...EDGES, ...NO_DATE])('holds up no projection: %s is refused, or folded', async (occurredAt) => {
    for (const kind of ['watched', 'rated'] as const) {
      expect([202, 400]).toContain((await send(kind, { contentId: 'edge', occurredAt })).status);
    }
    await send('watched', { contentId: 'edge' });
    const head = String(await logSize());
    for (const path of [`/users/${USER}/profile`, '/contents/edge/popularity']) {
      expect(await service.api.get(path, { 'read-after': head })).toMatchObject({ status: 200 });
    }
  });
});
