import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { promisify } from 'node:util';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { SECRET, tokenOf } from '../support/http/tokens.js';

const run = promisify(execFile);
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

/** The lines of the text for pasting, run in a shell one after the other. */
async function paste(text: string, environment: NodeJS.ProcessEnv = {}): Promise<unknown[]> {
  const lines = text.split('\n').flatMap((line) => (line.startsWith('  curl') ? line.trim() : []));
  const answers: unknown[] = [];
  for (const line of lines) {
    const { stdout } = await run('sh', ['-c', line], { env: { ...process.env, ...environment } });
    answers.push(JSON.parse(stdout));
  }
  return answers;
}

/** The results of the three lines on a service without data. */
const RECEIPTS = [
  expect.objectContaining({ version: 1, position: 2 }),
  expect.objectContaining({ position: 3 }),
  expect.objectContaining({ name: 'Ada', totalWatchTime: 5400, favoriteGenres: ['science fiction'] }),
];

describe('the start page of an open service', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  it('is text for curl, and its lines work as they stand', async () => {
    const { status, headers, body } = await service.api.get('/');
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/plain; charset=utf-8',
    });
    expect(headers.get('vary')).toBe('Accept');
    expect(body).not.toMatch(/token|Bearer/i);
    expect(await paste(body)).toEqual(RECEIPTS);
  });

  it('is HTML for a browser, which needs nothing else for it', async () => {
    const { headers, body } = await service.api.get('/', BROWSER);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(body).not.toMatch(/<script|src=|@import|url\(|<link(?! rel="icon" href="data:)/);
    expect(body).toContain('&quot;email&quot;:&quot;ada@example.org&quot;');
    expect(Buffer.byteLength(body)).toBeLessThan(5_000);
  });

  it('is JSON for a program that asks for it', async () => {
    const { headers, body } = await service.api.get('/', { accept: 'application/json' });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body).toMatchObject({
      name: 'Eventfold',
      links: { ready: '/health/ready', live: '/health/live' },
    });
    expect(body.examples).toHaveLength(3);
  });

  it('links what the service has, and nothing else', async () => {
    const { links } = (await service.api.get('/', { accept: 'application/json' })).body;
    for (const path of Object.values<string>(links)) {
      expect({ path, ...(await service.api.get(path)) }).toMatchObject({ path, status: 200 });
    }
    expect(links).toHaveProperty('console');
    expect(links).not.toHaveProperty('docs'); // as with DOCS=off: this one is started without
  });

  it('answers HEAD without a body', async () => {
    const answer = await fetch(service.api.url, { method: 'HEAD', headers: BROWSER });
    expect({ status: answer.status, body: await answer.text() }).toEqual({ status: 200, body: '' });
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });
});

describe('the start page of a service that wants tokens', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ AUTH_JWT_SECRET: SECRET, RATE_LIMIT_PER_MINUTE: '1' });
  });
  afterAll(() => service.stop());

  it.each(['*/*', BROWSER.accept, 'application/json'])('is open, and has no secret (%s)', async (accept) => {
    const { status, body } = await service.api.get('/', { accept });
    expect(status).toBe(200);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(text).toContain('Authorization: Bearer $TOKEN');
    expect(text).not.toContain(SECRET);
  });

  it('puts nothing into its lines that a client has made up', async () => {
    const host = '"><script>alert(1)</script>';
    const page = await new Promise<string>((resolve, reject) => {
      request(service.api.url, { headers: { ...BROWSER, host } }, (answer) => {
        let body = '';
        answer.on('data', (chunk) => (body += String(chunk))).on('end', () => resolve(body));
      })
        .on('error', reject)
        .end();
    });
    expect(page).not.toContain('alert(1)');
    expect(page).toContain(`curl -s ${service.api.url}/users`);
  });
});

describe('the lines of a service that wants tokens', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ AUTH_JWT_SECRET: SECRET });
  });
  afterAll(() => service.stop());

  it('work with the token of an administrator in the variable that they name', async () => {
    const TOKEN = await tokenOf({ sub: 'ops', scope: 'admin' });
    expect(await paste((await service.api.get('/')).body, { TOKEN })).toEqual(RECEIPTS);
  });
});
