/** The output of a process of the service with `LOG_FORMAT=json`: lines for machines that name their subject. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const SECRETS = [
  'ada.secret@example.org',
  'pm_4242424242424242',
  'eyJhbGciOiJub25lIn0.secret-token',
] as const;
const [EMAIL, PAYMENT_METHOD, TOKEN] = SECRETS;

let database: TestDatabase;
let service: ServiceProcess;
beforeAll(async () => {
  database = await createTestDatabase();
  service = await startServiceProcess({
    DATABASE_URL: database.url,
    LOG_LEVEL: 'verbose',
    READ_AFTER_TIMEOUT_MS: '50',
  });
});
afterAll(async () => {
  await service.end('SIGTERM');
  await database.drop();
});

type Line = Record<string, unknown>;

const lines = (): Line[] =>
  service
    .output()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** The lines of a request, once there are any: the output of a process arrives a little later than its answer. */
async function linesOf(correlationId: string): Promise<Line[]> {
  const found = () => lines().filter((line) => line.correlationId === correlationId);
  await eventually(() => expect(found()).not.toEqual([]));
  return found();
}

/** Takes a table away during the work. */
async function without(table: string, work: () => Promise<unknown>): Promise<void> {
  await database.query(`alter table eventfold.${table} rename to ${table}_away`);
  try {
    await work();
  } finally {
    await database.query(`alter table eventfold.${table}_away rename to ${table}`);
  }
}

const headersOf = (correlationId: string) => ({
  'x-correlation-id': correlationId,
  authorization: `Bearer ${TOKEN}`,
});

describe('a line of the log', () => {
  it('is one JSON object, of no request while the service starts', async () => {
    await eventually(() => expect(service.output()).toContain('Ready at'));
    const ready = lines().find(({ message }) => String(message).startsWith('Ready at'))!;
    expect(ready).toMatchObject({ level: 'log', context: 'Eventfold', timestamp: expect.any(Number) });
    expect(Object.keys(ready)).not.toContain('correlationId');
  });

  it('has the correlation id of the query that it is about', async () => {
    const id = randomUUID();
    const answer = await service.api.get('/users', { ...headersOf(id), 'read-after': '1000000' });
    expect(answer.status).toBe(503);
    expect(await linesOf(id)).toEqual([
      expect.objectContaining({
        level: 'warn',
        context: 'HTTP',
        message: expect.stringContaining('not-caught-up'),
      }),
    ]);
  });

  it('has the one that was made up for a request without any', async () => {
    const { body } = await service.api.get('/users', { 'read-after': '1000000' });
    expect(await linesOf(body.correlationId as string)).toHaveLength(1);
  });

  it('has the correlation id of the command that it is about, and none of its data', async () => {
    const id = randomUUID();
    await without('events', async () => {
      const body = { email: EMAIL, name: 'Ada' };
      expect((await service.api.post('/users', body, headersOf(id))).status).toBe(500);
      const subscription = { plan: 'basic', paymentMethod: PAYMENT_METHOD };
      const path = `/users/${randomUUID()}/subscription`;
      expect((await service.api.post(path, subscription, headersOf(id))).status).toBe(500);
    });
    const failures = async () => (await linesOf(id)).filter(({ context }) => context === 'HTTP');
    await eventually(async () => expect(await failures()).toHaveLength(2));
    for (const failure of await failures()) {
      expect(failure).toMatchObject({ level: 'error', message: expect.stringContaining('internal-error') });
    }
  });

  it('tells requests at the same time apart', async () => {
    const ids = Array.from({ length: 10 }, () => randomUUID());
    await Promise.all(
      ids.map((id) => service.api.get('/users', { ...headersOf(id), 'read-after': '1000000' })),
    );
    for (const id of ids) expect(await linesOf(id)).toHaveLength(1);
  });

  it('names the projection that it is about, and no request', async () => {
    await without('user_profiles', async () => {
      const body = { email: EMAIL, name: 'Ada' };
      const { status, body: receipt } = await service.api.post('/users', body, headersOf(randomUUID()));
      expect(status).toBe(201);
      const subscription = { plan: 'basic', paymentMethod: PAYMENT_METHOD };
      await service.api.post(`/users/${receipt.userId}/subscription`, subscription, headersOf(randomUUID()));
      await eventually(() =>
        expect(lines()).toContainEqual(
          expect.objectContaining({
            projection: 'user-profile',
            level: 'warn',
            message: expect.stringContaining('trying again'),
          }),
        ),
      );
    });
    for (const line of lines().filter(({ projection }) => projection !== undefined)) {
      expect(line.context).toBe(`Projection ${line.projection as string}`);
      expect(line).not.toHaveProperty('correlationId');
    }
  });

  it.each(SECRETS)('never holds what nobody but the log of events may know: %s', (secret) => {
    expect(lines().length).toBeGreaterThan(10);
    expect(service.output()).not.toContain(secret);
  });
});
