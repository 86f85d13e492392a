import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Connection } from '../support/fuzz/connection.js';
import { PATIENCE_MS } from '../support/patience.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

/**
 * A message that Node's HTTP parser refuses reaches no route and no filter. It was once answered in forms of Node and
 * Fastify.
 */
describe('what is not a request by the rules of HTTP', () => {
  let service: TestService;
  let connection: Connection;
  beforeAll(async () => {
    service = await startTestService();
    connection = new Connection(new URL(service.api.url), PATIENCE_MS);
  });
  afterAll(async () => {
    connection.close();
    await service.stop();
  });

  const LINE = 'GET /health/live HTTP/1.1\r\n';
  it.each([
    ['is no HTTP at all', 'nonsense\r\n\r\n', 400, 'bad-request'],
    ['begins TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'bad-request'],
    ['has no Host', `${LINE}\r\n`, 400, 'bad-request'],
    [
      'has headers of more than 16 KB',
      `${LINE}Host: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      /^request-header-fields/,
    ],
    [
      'tells its length twice',
      `${LINE}Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
      400,
      'bad-request',
    ],
    ['expects a miracle', `${LINE}Host: a\r\nExpect: a miracle\r\n\r\n`, 417, 'expectation-failed'],
  ])('is answered with a problem when it %s', async (_, bytes, status, type) => {
    const answer = await connection.send({ aim: '', method: 'GET', target: '', headers: [], bytes });
    expect(answer).toMatchObject({
      status,
      headers: { 'content-type': expect.stringMatching(/^application\/problem\+json/) },
    });
    expect(JSON.parse(answer.body)).toMatchObject({
      type: typeof type === 'string' ? type : expect.stringMatching(type),
      status,
      detail: expect.any(String),
      correlationId: answer.headers['x-correlation-id'],
    });
  });

  it('does not keep those behind it from being answered', async () => {
    expect(await service.api.get('/health/live')).toMatchObject({ status: 200 });
  });
});
