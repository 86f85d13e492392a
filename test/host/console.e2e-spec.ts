/** The console in a host: behind its guard, below its prefix, with routes of its own or those of the host. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  VersioningType,
} from '@nestjs/common';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { ConsoleModule, type ConsoleOptions } from '../../src/console/index.js';
import { EventSourcingModule } from '../../src/event-sourcing/index.js';
import { OperationsModule } from '../../src/operations/index.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import {
  ADAPTERS,
  hostDataSource,
  hostModule,
  startWebHost,
  type WebHost,
} from '../support/hosts/web-host.js';

const KEY = { 'x-operator': 'secret' };

class OperatorGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    return execution.switchToHttp().getRequest().headers['x-operator'] === KEY['x-operator'];
  }
}

let database: TestDatabase;
beforeAll(async () => (database = await createEmptyDatabase()));
afterAll(() => database.drop());

const start = (
  adapter: string,
  imports: Parameters<typeof hostModule>[1],
  configure?: (app: INestApplication) => void,
) =>
  startWebHost(
    adapter,
    hostModule([hostDataSource(database)], [EventSourcingModule.forRoot(), ...imports]),
    configure,
  );

/** Where the page looks for a route of operators, as a browser resolves it. */
const apiOf = (page: string, at: string) =>
  new URL(/name="eventfold-api" content="([^"]*)"/.exec(page)![1]!, new URL('.', `http://host${at}`))
    .pathname;

describe.each(Object.keys(ADAPTERS))('the console in a host on %s', (adapter) => {
  describe('with a guard, below its prefix and version', () => {
    let host: WebHost;
    const get = (path: string, headers: Record<string, string> = KEY) =>
      host.send('GET', `/api/v1/ops/eventfold${path}`, undefined, headers);

    beforeAll(async () => {
      const imports = [ConsoleModule.forRoot({ path: 'ops/eventfold', guard: OperatorGuard })];
      host = await start(adapter, imports, (app) => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      });
    });
    afterAll(() => host.app.close());

    it('answers each view with the page, which finds its files and its routes', async () => {
      const { status, headers, body } = await get('/projection?name=a');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-cache');
      expect(headers.get('content-security-policy')).toMatch(/script-src 'self'; style-src 'self'/);
      const at = '/api/v1/ops/eventfold/projection';
      expect(apiOf(body, at)).toBe('/api/v1/ops/eventfold/api/');
      expect((await get('/api/projections')).body).toEqual({ items: [], nextCursor: null });
      const files = [...body.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, file]) => file);
      expect(files).toHaveLength(2);
      for (const file of files) expect((await get(`/${file}`)).status).toBe(200);
    });

    it('begins with the overview', async () => {
      expect((await get('')).body).toContain('<div id="app">');
    });

    it.each([
      ['gzip', 'gzip'],
      ['gzip, br', 'gzip'],
      ['br;q=1.0, *', 'gzip'],
      ['gzip;q=0', null],
      ['identity', null],
    ])('sends files to a client that takes %s as %s', async (accepted, encoding) => {
      const [, file] = /src="\.\/(assets\/[^"]+)"/.exec((await get('/overview')).body)!;
      const { port } = host.app.getHttpServer().address() as { port: number };
      const headers = { ...KEY, 'accept-encoding': accepted };
      const sent = request(`http://127.0.0.1:${port}/api/v1/ops/eventfold/${file}`, { headers }).end();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      const bytes = await buffer(answer);
      expect(answer.headers['content-encoding'] ?? null).toBe(encoding);
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(Number(answer.headers['content-length'])).toBe(bytes.length);
      expect(String(encoding === null ? bytes : gunzipSync(bytes))).toContain('eventfold-api');
    });

    it('answers 403 where the guard says no, for the page as for its routes', async () => {
      for (const path of ['', '/overview', '/api/projections']) {
        expect((await get(path, {})).status).toBe(403);
      }
    });

    it.each(['/favicon.ico', '/assets/other.js', '/assets/..%2Findex.html'])(
      'has no file %s',
      async (path) => {
        expect((await get(path)).status).toBe(404);
      },
    );
  });

  it('uses the routes that the host has already', async () => {
    const imports = [
      OperationsModule.forRoot({ open: true, path: 'ops/billing' }),
      ConsoleModule.forRoot({ open: true, path: 'looks', api: 'ops/billing' }),
    ];
    const host = await start(adapter, imports);
    const { body } = await host.send('GET', '/looks/overview');
    expect(apiOf(body, '/looks/overview')).toBe('/ops/billing/');
    expect((await host.send('GET', '/looks/api/projections')).status).toBe(404);
    await host.app.close();
  });

  it('is closed where nothing says who may use it', async () => {
    const host = await start(adapter, [ConsoleModule.forRoot()]);
    for (const path of ['/console', '/console/overview', '/console/api/projections']) {
      expect((await host.send('GET', path)).status).toBe(401);
    }
    await host.app.close();
  });
});

describe('wrong options of the console', () => {
  it.each<[object, string]>([
    [{ path: 'ops/:tenant' }, "ConsoleModule.forRoot: path is 'ops/:tenant': it must be a path of letters"],
    [{ api: 'a b' }, "api is 'a b': it must be the path of an OperationsModule"],
    [{ api: '/', store: 'billing' }, 'api names routes that are there already, so that store would be idle'],
    [{ guard: OperatorGuard, open: true }, 'ConsoleModule.forRoot: guard decides alone'],
    [{ paht: 'a' }, 'paht is no option: did you mean "path"?'],
  ])('are refused at the start: %j', (options, message) => {
    expect(() => ConsoleModule.forRoot(options as ConsoleOptions)).toThrow(message);
  });
});
