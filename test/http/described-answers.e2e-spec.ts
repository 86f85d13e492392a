import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
// @ts-expect-error It is plain JavaScript, without types.
import config from '../../jest.config.js';
import { type Answer, Api } from '../support/http/api.js';
import { ApiDescription } from '../support/http/api-description.js';
import { failOnFaults, writtenDocument } from '../support/http/described-answers.js';

const ROOT = join(import.meta.dirname, '../..');
const USER = '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10';
const SUBSCRIBE = `/users/${USER}/subscription`;

const RECEIPT = { userId: USER, version: 2, position: 17 };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const FINE = { ...JSON_TYPE, 'x-correlation-id': 'c-1', etag: '"2"' };
const PROBLEM = { ...FINE, 'content-type': 'application/problem+json; charset=utf-8' };
const INACTIVE = {
  type: 'user.inactive',
  title: 'Conflict',
  status: 409,
  detail: 'No.',
  correlationId: 'c-1',
};

const answer = (status: number, body: unknown, headers: Record<string, string>): Answer => ({
  status,
  body,
  headers: new Headers(headers),
});
const without = (headers: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));

describe('an answer, held against the OpenAPI document,', () => {
  const description = new ApiDescription(writtenDocument());
  const faultsOf = (status: number, body: unknown, headers: Record<string, string>) =>
    description.faultsOf('POST', SUBSCRIBE, answer(status, body, headers));

  it.each([
    ['when all is well', 200, RECEIPT, FINE],
    ['once more', 200, RECEIPT, { ...FINE, 'idempotent-replayed': 'true' }],
    ['when a rule says no', 409, INACTIVE, without(PROBLEM, 'etag')],
    ['with a header that is not ours', 200, RECEIPT, { ...FINE, 'keep-alive': '5' }],
  ])('has no fault %s', (_, status, body, headers) => {
    expect(faultsOf(status, body, headers)).toEqual([]);
  });

  it.each([
    ['a status', 418, RECEIPT, FINE, 'subscribeToPlan does not describe the status'],
    ['a media type', 200, 'fine', { ...FINE, 'content-type': 'text/plain' }, 'content type text/plain'],
    ['no media type', 200, '', without(FINE, 'content-type'), 'content type none'],
    ['a field too few', 200, { userId: USER, version: 2 }, FINE, "required property 'position'"],
    ['a field too many', 200, { ...RECEIPT, secret: 1 }, FINE, '"additionalProperty":"secret"'],
    ['a field of another type', 200, { ...RECEIPT, version: '2' }, FINE, 'body/version must be integer'],
    ['a field of another form', 200, { ...RECEIPT, userId: 'ada' }, FINE, 'body/userId must match format'],
    ['no version', 200, RECEIPT, without(FINE, 'etag'), 'header ETag is missing'],
    ['a version of another form', 200, RECEIPT, { ...FINE, etag: '2' }, 'header ETag must match pattern'],
    [
      'no correlation id',
      200,
      RECEIPT,
      without(FINE, 'x-correlation-id'),
      'header X-Correlation-Id is missing',
    ],
    [
      'a header of other answers',
      200,
      RECEIPT,
      { ...FINE, 'retry-after': '1' },
      'Retry-After is not described',
    ],
    [
      'a code of other routes',
      409,
      { ...INACTIVE, type: 'user.already-active' },
      PROBLEM,
      'body/type must be',
    ],
    ['another status in the body', 409, { ...INACTIVE, status: 404 }, PROBLEM, 'body/status must be'],
  ])('has a fault with %s', (_, status, body, headers, fault) => {
    expect(faultsOf(status, body, headers).join('; ')).toContain(fault);
  });

  it('has none where nothing is described and nothing is there, and one where something is', () => {
    const of = (method: string, path: string, status: number) =>
      description.faultsOf(method, path, answer(status, RECEIPT, FINE));
    expect(of('GET', '/nowhere', 404)).toEqual([]);
    expect(of('GET', '/nowhere', 200)).toEqual(['the route is not described']);
    expect(of('DELETE', SUBSCRIBE, 200)).toEqual(['the route is not described']);
    expect(of('GET', '/docs/swagger-ui.css', 200)).toEqual([]);
  });

  it('is one of the route itself, where another one has a parameter in its place', () => {
    const body = { items: [], nextCursor: null };
    expect(
      description.faultsOf('GET', '/contents/popularity?limit=1', answer(200, body, without(FINE, 'etag'))),
    ).toEqual([]);
  });
});

describe('a service that answers otherwise than described', () => {
  let server: Server;
  let api: Api;
  beforeAll(async () => {
    server = createServer((_, response) => response.writeHead(200, JSON_TYPE).end('{"status":1}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    api = new Api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(() => void server.close());

  it('is noted when it is asked, told of once, and then forgotten', async () => {
    await api.get('/health/live');
    const told =
      /GET \/health\/live answered 200: header X-Correlation-Id is missing; body\/status must be string/;
    expect(failOnFaults).toThrow(told);
    expect(failOnFaults).not.toThrow();
  });

  it('fails the test that asked it, and no other', async () => {
    const { status, output } = await runFixture(api.url);
    expect(status).toBe(1);
    expect(output).toMatch(/✕ asks for what is answered wrongly/);
    expect(output).toMatch(/GET \/health\/live answered 200: header X-Correlation-Id is missing/);
    expect(output).toMatch(/✓ asks for nothing/);
  });
});

/** Runs a test file like the end-to-end tests, without their set-up. */
async function runFixture(url: string): Promise<{ status: number; output: string }> {
  const { globalSetup: _setup, globalTeardown: _teardown, ...project } = config.projects[1]!;
  const testMatch = ['<rootDir>/test/support/http/wrong-answer.fixture.ts'];
  const fixture = JSON.stringify({ ...project, rootDir: ROOT, testMatch });
  const jest = ['--experimental-vm-modules', join(ROOT, 'node_modules/jest/bin/jest.js')];
  return new Promise((resolve) => {
    const env = { ...process.env, EVENTFOLD_WRONG_SERVICE: url };
    const parameters = [...jest, '--config', fixture, '--verbose'];
    execFile(process.execPath, parameters, { cwd: ROOT, env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}
