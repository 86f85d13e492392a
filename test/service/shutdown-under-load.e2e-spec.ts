import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { eventually } from '../support/eventually.js';
import { type LogEvent, readLog } from '../support/log/plain-fold.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { gapsOf, lossesOf, type Receipt } from '../support/log/stubborn-load.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const CLIENTS = 32;
/** Commands that are acknowledged before the service is told to stop. */
const BEFORE = 300;

interface Heard {
  status: number;
  headers: IncomingHttpHeaders;
  body: any;
}

/**
 * Clients that send the next command after the answer to the previous one, each over a connection that it keeps. A
 * client that gets 503 goes away. A client whose connection was closed with an answer opens a new one.
 */
describe(`a service that is told to stop while ${CLIENTS} clients send commands`, () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let next: ServiceProcess | undefined;
  let log: LogEvent[];
  let exitCode: number | null;
  let stopTookMs: number;
  const acknowledged: Receipt[] = [];
  const turnedAway: Heard[] = [];
  const others: unknown[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startServiceProcess({ DATABASE_URL: database.url });
    const clients = Array.from({ length: CLIENTS }, sendUntilTurnedAway);
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(BEFORE));
    const told = performance.now();
    exitCode = await service.end('SIGTERM');
    stopTookMs = performance.now() - told;
    await Promise.all(clients);
    next = await startServiceProcess({ DATABASE_URL: database.url });
    log = await readLog(database);
  });
  afterAll(async () => {
    await service?.end('SIGKILL');
    await next?.end('SIGTERM');
    await database.drop();
  });

  async function sendUntilTurnedAway(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let isWelcome = true; isWelcome;) {
      isWelcome = await send(agent).then(hear, (error: unknown) => {
        others.push(error);
        return false;
      });
    }
    agent.destroy();
  }

  async function send(agent: Agent): Promise<Heard> {
    const userId = randomUUID();
    const sent = request(`${service.api.url}/users`, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-correlation-id': userId },
    });
    sent.end(JSON.stringify({ userId, email: `${userId}@example.org`, name: 'Ada' }));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: answer.statusCode!, headers: answer.headers, body: await json(answer) };
  }

  function hear(heard: Heard): boolean {
    const { status, body, headers } = heard;
    if (status === 201) {
      const { userId, version, position } = body;
      const correlationId = headers['x-correlation-id'] as string;
      acknowledged.push({ correlationId, streamId: `user-${userId}`, version, position });
    } else if (status === 503) turnedAway.push(heard);
    else others.push(heard);
    return status === 201;
  }

  it('ends with exit code 0, within 10 s', () => {
    expect(exitCode).toBe(0);
    expect(stopTookMs).toBeLessThan(10_000);
    expect(service.output()).not.toMatch(/cut off/);
  });

  it('tells every client that it is stopping; none is cut off, refused, or told anything else', () => {
    expect(others).toEqual([]);
    expect(turnedAway).toHaveLength(CLIENTS);
    for (const { headers, body } of turnedAway) {
      expect(body).toMatchObject({ type: 'stopping', status: 503, correlationId: expect.any(String) });
      expect(headers).toMatchObject({
        connection: 'close',
        'retry-after': expect.stringMatching(/^\d+$/),
        'content-type': expect.stringMatching(/^application\/problem\+json/),
      });
    }
  });

  it('has every acknowledged command in its log exactly once, and no other', () => {
    expect(lossesOf(acknowledged, log).slice(0, 10)).toEqual([]);
    expect(gapsOf(log)).toEqual([]);
    expect(log.filter(({ streamId }) => streamId.startsWith('user-'))).toHaveLength(acknowledged.length);
  });

  it('knows them all after it was started again', async () => {
    for (const { streamId } of acknowledged.slice(-CLIENTS)) {
      const answer = await next!.api.get(`/users/${streamId!.slice('user-'.length)}`);
      expect(answer).toMatchObject({ status: 200 });
    }
  });
});
