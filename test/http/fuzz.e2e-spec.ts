import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runCli } from '../support/processes/cli-process.js';
import { eventually } from '../support/eventually.js';
import { Connection, type Exchanged } from '../support/fuzz/connection.js';
import { type Document, type Known, operationsOf } from '../support/fuzz/open-api.js';
import { type FuzzRequest, roundsOf } from '../support/fuzz/requests.js';
import { readLog } from '../support/log/plain-fold.js';
import { rowDifferences } from '../support/log/row-differences.js';
import { scaled } from '../support/scale.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { type Claims, nowInS, SECRET, tokenOf } from '../support/http/tokens.js';

/** The same requests in every run. Another seed makes others. */
const seed = Number(process.env.FUZZ_SEED ?? 20_260_131);
const allRequests = Number(process.env.FUZZ_REQUESTS ?? scaled(4_000, 20_000));
/** The number of connections. Each sends its next request when the previous one is answered. */
const CONNECTIONS = 16;
/** The longest wait for an answer, in ms. Without the other work of a busy machine, no answer takes a second. */
const ANSWERED_WITHIN_MS = 15_000;
/** So many failures are enough for a report. */
const SHOWN = 5;

const USERS = Array.from({ length: 20 }, (_, n) => `f0000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
const CONTENTS = [
  'film',
  'other film',
  'a/b',
  '\u{1F3AC}',
  'x'.repeat(128),
  '%41',
  '__proto__',
  'popularity',
];

/** The environment of the service, and the valid headers Authorization, with the one for all routes first. */
const doors = [
  { door: 'open', environment: {}, authorizations: async () => [], requests: allRequests / 4 },
  {
    door: 'locked',
    environment: { AUTH_JWT_SECRET: SECRET },
    authorizations: someTokens,
    requests: allRequests,
  },
];

/**
 * Requests made from the service's own description, so that every route gets some, with invalid values made by hand.
 * Every request is answered soon, an error as a problem, and neither log nor read models are harmed.
 */
describe.each(doors)('the service, $door, under $requests hostile requests', (door) => {
  const { environment, requests } = door;
  let headers: Record<string, string>;
  let database: TestDatabase;
  let service: ServiceProcess;
  let document: Document;
  const faults: string[] = [];
  const met = new Map<string, number[]>();

  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startServiceProcess({
      DATABASE_URL: database.url,
      READ_AFTER_TIMEOUT_MS: '20',
      ...environment,
    });
    document = (await service.api.get('/openapi.json')).body;
    const authorizations = await door.authorizations();
    headers = authorizations.length === 0 ? {} : { authorization: authorizations[0]! };
    const rounds = roundsOf(document, await seedService(service, headers), authorizations);
    const numRuns = Math.ceil(requests / operationsOf(document).length);
    await send(fc.sample(rounds, { seed, numRuns }).flat());
  }, 300_000);
  afterAll(async () => {
    await service?.end('SIGKILL');
    await database?.drop();
  });

  async function send(toSend: FuzzRequest[]): Promise<void> {
    let next = 0;
    const work = async () => {
      const connection = new Connection(new URL(service.api.url), ANSWERED_WITHIN_MS);
      while (next < toSend.length && faults.length < SHOWN) {
        const number = next++;
        const request = toSend[number]!;
        const fault = await faultOf(connection, request);
        if (fault !== undefined)
          faults.push(`FUZZ_SEED=${seed}, request ${number}: ${fault}\n${shown(request)}`);
      }
      connection.close();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  }

  async function faultOf(connection: Connection, request: FuzzRequest): Promise<string | undefined> {
    try {
      const answer = await connection.send(request);
      met.set(request.aim, [...(met.get(request.aim) ?? []), answer.status]);
      return faultOfAnswer(request, answer);
    } catch (error) {
      return (error as Error).message;
    }
  }

  it('answers each of them in time, without a defect, and every error as a problem', () => {
    expect(faults).toEqual([]);
  });

  it('was met on every route, and by requests that it takes as well as by others', () => {
    const routes = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
    expect(routes.filter((route) => (met.get(route) ?? []).length < requests / routes.length / 2)).toEqual(
      [],
    );
    const statuses = [...met.values()].flat();
    const taken = statuses.filter((status) => status < 300).length;
    expect(taken / statuses.length).toBeGreaterThan(0.2);
    expect(taken / statuses.length).toBeLessThan(0.8);
  });

  it('logs no stack, and no error', () => {
    const lines = service.output().split('\n');
    const suspicious = lines.filter((line) => /"level":"(error|fatal)"|"stack"|^\s+at /.test(line));
    expect(suspicious.slice(0, SHOWN)).toEqual([]);
  });

  it('leaves a sound log', async () => {
    const verified = await runCli({ DATABASE_URL: database.url }, 'log', 'verify', '--json');
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('"ok":true') });
  });

  it('leaves read models that catch up, and are what a plain fold of the log is', async () => {
    await letRun(service, headers);
    const log = await readLog(database);
    expect(log.length).toBeGreaterThan(requests / 20);
    await eventually(async () => {
      const { items } = (await service.api.get('/projections', headers)).body;
      expect(
        items.map(({ name, lagEvents, parkedKeys, rebuild }: any) => ({
          name,
          lagEvents,
          parkedKeys,
          rebuild,
        })),
      ).toEqual(items.map(({ name }: any) => ({ name, lagEvents: 0, parkedKeys: 0, rebuild: null })));
    });
    expect((await rowDifferences(database, log)).slice(0, SHOWN)).toEqual([]);
  });

  it('is ready, and stops like any other day', async () => {
    expect(await service.api.get('/health/ready')).toMatchObject({ status: 200 });
    expect(await service.end('SIGTERM')).toBe(0);
  });
});

/** Users, contents and pages to ask for. */
async function seedService({ api }: ServiceProcess, headers: Record<string, string>): Promise<Known> {
  for (const userId of USERS) {
    const user = { userId, email: `${userId}@example.org`, name: 'Ada' };
    expect(await api.post('/users', user, headers)).toMatchObject({ status: 201 });
  }
  for (const contentId of CONTENTS) {
    const view = { userId: USERS[0], contentId, watchDurationSeconds: 60, completionPercentage: 50 };
    expect(await api.post('/viewing/watched', view, headers)).toMatchObject({ status: 202 });
  }
  const cursors: string[] = [];
  for (const list of ['/users', '/contents/popularity', '/contents/popularity?sort=views']) {
    await eventually(async () => {
      const page = await api.get(`${list}${list.includes('?') ? '&' : '?'}limit=2`, headers);
      expect(page.body.nextCursor).toEqual(expect.any(String));
      cursors.push(page.body.nextCursor);
    });
  }
  const { items } = (await api.get('/projections', headers)).body;
  return {
    userId: USERS,
    contentId: CONTENTS,
    name: items.map(({ name }: { name: string }) => name),
    streamId: [...USERS.map((userId) => `user-${userId}`), ...CONTENTS.map((id) => `content-${id}`)],
    cursor: cursors,
  };
}

/** The faults of the answer. */
function faultOfAnswer(request: FuzzRequest, { status, headers, body }: Exchanged): string | undefined {
  if (status === 0) return 'the connection was closed without an answer';
  if (status < 400) return isJson(headers) ? unreadable(body, request) : undefined;
  if (request.method === 'HEAD') return status >= 500 ? `answered with ${status}` : undefined;
  const told = `answered with ${status} ${headers['content-type'] ?? ''}: ${body.slice(0, 500)}`;
  if (!headers['content-type']?.startsWith('application/problem+json')) return told;
  const problem = parsed(body);
  const isWhole =
    problem?.status === status &&
    ['type', 'title', 'detail', 'correlationId'].every((member) => typeof problem[member] === 'string');
  if (!isWhole || /node_modules|\n {4}at |QueryFailed|\.[jt]s:\d/.test(body)) return told;
  if (status < 500) return undefined;
  const waits = request.headers.some(([name]) => name.toLowerCase() === 'read-after');
  return status === 503 && problem?.type === 'not-caught-up' && waits ? undefined : told;
}

const isJson = (headers: Record<string, string>) => /json/.test(headers['content-type'] ?? '');

function unreadable(body: string, { method }: FuzzRequest): string | undefined {
  return method === 'HEAD' || parsed(body) !== undefined ? undefined : `no JSON: ${body.slice(0, 500)}`;
}

function parsed(body: string): any {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function shown(request: FuzzRequest): string {
  return JSON.stringify(request, (_, value: unknown) =>
    typeof value === 'string' && value.length > 1_500 ? `${value.slice(0, 200)}... (${value.length})` : value,
  );
}

/** Resumes and releases everything that was paused or held. */
async function letRun({ api }: ServiceProcess, headers: Record<string, string>): Promise<void> {
  const { items } = (await api.get('/projections', headers)).body;
  for (const { name } of items) {
    await api.post(`/projections/${name}/resume`, undefined, headers);
    await api.post(`/projections/${name}/rebuild/release`, undefined, headers);
  }
}

/** Tokens of an administrator are more frequent: enough requests must get past the check. */
async function someTokens(): Promise<string[]> {
  const admin = { sub: 'operator', scope: 'admin' };
  const others = [
    { sub: 'catalogue', scope: 'viewing:write' },
    { sub: USERS[0] },
    { sub: USERS[1] },
    { sub: 'nobody' },
    { ...admin, exp: nowInS() - 3_600 },
  ];
  const claims = [...Array.from({ length: 30 }, (): Claims => admin), ...others];
  return Promise.all(claims.map(async (each) => `Bearer ${await tokenOf(each)}`));
}
