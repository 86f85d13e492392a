/**
 * The allowed imports.
 *
 * - The core (`event-sourcing`) imports nothing else of the project.
 * - What every route needs (`api`), and metrics, import the core.
 * - Write models import the core. Read models also import the events of write models. Only their edge imports `api`.
 * - The health of a store (`health`) imports the core.
 * - What stands on a JetStream cluster (`jetstream`) imports the core. No other room imports it, but by `import()`.
 * - The routes of operators (`operations`) import the core, `api` and `health`.
 * - The page of operators (`console`) imports `operations`, and the core and `api` as these do.
 * - The service (`service`) wires all of it. Only `main.ts` and the command line import it.
 * - The command line (`cli`) imports everything, and no room imports it.
 * - Imports go round in no circle, those of types included.
 * - Within the core, `api` and the service, no room imports one that stands above it.
 * - Private parts of `pg`, TypeORM and Nest are used in three places alone: `PRIVATE_ROOMS`.
 */
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { leaningsOf } from '../support/private-parts/leanings.js';
import { PRIVATE_PARTS } from '../support/private-parts/private-parts.js';

interface Room {
  /** The rooms that its files may import; paths are those below `src`. */
  sees: readonly RegExp[];
  /** Its files that speak HTTP: they may also import `api`. */
  edge?: RegExp;
  /** Modules that it may import by `import()` alone. */
  loads?: RegExp;
  /** Packages that it must not import. */
  shuns?: RegExp;
}

/** Its interface, and the modules that only our own rooms may import. */
const CORE = /^event-sourcing\/(index|for-service)\.ts$/;
const INTERFACE_OF_CORE = /^event-sourcing\/index\.ts$/;
/** The modules that only the testing kit may import, beside its interface. */
const CORE_FOR_TESTING = /^event-sourcing\/for-testing\.ts$/;
const EMBEDDED_POSTGRES = /^service\/database\/embedded-postgres\.ts$/;
const API = /^api\//;
const HEALTH = /^health\//;
const METRICS = /^metrics\//;
const OPERATIONS = /^operations\//;
const CONSOLE = /^console\/[^/]+\.module\.ts$/;
const JETSTREAM = /^jetstream\/[^/]+\.module\.ts$/;
const FEATURES = /^(users|viewing|user-profile|content-popularity)\/[^/]+\.module\.ts$/;
const MIGRATIONS = /^\.\.\/migrations\/index\.ts$/;
const WRITE_MODEL_EVENTS = /^(users|viewing)\/[^/]+\.events\.ts$/;

const WITHOUT_HTTP = /^@nestjs\/(platform-|swagger)|^fastify|^express|^class-/;
/** It works in every test runner, and depends on none. */
const WITHOUT_RUNNER = new RegExp(`${WITHOUT_HTTP.source}|jest|vitest|^node:test|^@nestjs/testing`);
const WITHOUT_METRICS = new RegExp(`${WITHOUT_HTTP.source}|^prom-client|^@opentelemetry/(?!api$)`);

const readModel: Room = {
  sees: [CORE, WRITE_MODEL_EVENTS],
  edge: /(\.controller|\.module|\.requests|-cursor|-view)\.ts$/,
};
const rooms: Record<string, Room> = {
  'event-sourcing': { sees: [], shuns: WITHOUT_METRICS },
  api: { sees: [CORE] },
  health: { sees: [CORE], shuns: WITHOUT_HTTP },
  jetstream: { sees: [CORE], edge: /(\.controller|\.module|\.requests|-views?)\.ts$/ },
  operations: { sees: [CORE, API, HEALTH] },
  console: { sees: [CORE, API, OPERATIONS] },
  users: { sees: [CORE], edge: /(\.controller|\.module|\.requests|\.answers|\/index)\.ts$/ },
  viewing: { sees: [CORE], edge: /(\.controller|\.module|\.requests|-batch|-message)\.ts$/ },
  'user-profile': readModel,
  'content-popularity': readModel,
  metrics: { sees: [CORE], edge: /\.module\.ts$/, shuns: WITHOUT_HTTP },
  service: { sees: [CORE, API, METRICS, OPERATIONS, CONSOLE, FEATURES, MIGRATIONS], loads: JETSTREAM },
  testing: {
    sees: [INTERFACE_OF_CORE, CORE_FOR_TESTING, EMBEDDED_POSTGRES, MIGRATIONS],
    shuns: WITHOUT_RUNNER,
  },
  cli: { sees: [/./] },
};
/** The application's module, and the one that the testing kit puts around a user's modules. */
const ROOT_MODULES = ['service/log.module.ts', 'testing/test-application.ts'];
const MAIN = 'main.ts';
const ENTRY: Room = { sees: [/^service\//] };

/**
 * The floors of a room, from the ground up: folders, and files beside them. A file imports from its own place and from
 * those below.
 */
const FLOORS: Record<string, readonly string[]> = {
  'event-sourcing': [
    'errors.ts clock.ts background',
    'options',
    'postgres',
    'options.ts',
    'privacy/fields',
    'event projection/newest-checkpoints.sql.ts',
    'telemetry nest log/arrival replicas',
    'privacy',
    'log/append log/clock',
    'log',
    'log/source log/verify log/search aggregate idempotency operations relay intake projection/build.ts projection/projection-errors.ts',
    'timers',
    'process/declare projection/columns',
    'process/step',
    'projection/declare',
    'projection/turn',
    'projection/lease',
    'doctor projection/parking projection/rebuild process/dispatch',
    'projection/run',
    'projection/explain live',
    'projection/operate process/operate privacy/erasure',
    'privacy/view',
    'rehearsal',
    'module',
    'event-sourcing.module.ts',
    'index.ts for-service.ts for-testing.ts',
  ],
  api: ['example-user.ts', 'request', 'access', 'problem live', 'route', 'host', 'index.ts'],
  service: [
    'config openapi/openapi-page.ts openapi/openapi-examples.ts',
    'database http logger.ts',
    'openapi start-page',
    'auth',
    'rate-limit metrics.controller.ts jetstream.ts',
    'http-edge.module.ts',
    'log.module.ts',
    'app.module.ts',
    'service.ts write-openapi.ts',
    'life',
  ],
};

/** Where private parts of `pg`, TypeORM and Nest are used. */
const PRIVATE_ROOMS = /^(event-sourcing\/(postgres|nest)\/|api\/route\/route-metadata\.ts$)/;

/**
 * The rules that a file breaks, in words. A unit test obeys the rules of the file that it tests, and may use the
 * testing kit.
 */
function brokenRules(file: string, source: string): string[] {
  const path = file.replace(/\.spec\.ts$/, '.ts');
  const room = rooms[path.split('/')[0]!];
  if (room === undefined && path !== MAIN) return [`${file} is in a room that has no rule`];
  const { specifiers, loaded, identifiers } = read(source);
  const { loads } = room ?? ENTRY;
  const broken = [...specifiers, ...loaded.filter((each) => loads?.test(targetOf(path, each)) !== true)]
    .filter((specifier) => !mayImport(path, room ?? ENTRY, specifier) || isUpstairs(file, specifier))
    .filter((specifier) => path === file || !isForTests(path, specifier))
    .map((specifier) => `${file} must not import ${specifier}`);
  // A second import of it makes a second CommandBus.
  if (identifiers.has('CqrsModule') && !ROOT_MODULES.includes(path))
    broken.push(`${file} must not use CqrsModule`);
  // Nest's own decorator would take anything that a client sends.
  if (/\b(Body|Param|Query)\b[^;]*from '@nestjs\/common'/.test(source) && path.endsWith('.controller.ts'))
    broken.push(`${file} must take Body, Param and Query from api/request/validated.js`);
  // Before Node.js 24 each promise carries every storage that was ever used: one for each application never ends.
  if (/^(?!const ).*new AsyncLocalStorage/m.test(source))
    broken.push(`${file} must have its AsyncLocalStorage once for the process, in a constant of the module`);
  return broken;
}

function mayImport(path: string, room: Room, specifier: string): boolean {
  if (!specifier.startsWith('.')) return room.shuns?.test(specifier) !== true;
  const target = targetOf(path, specifier);
  const [name] = path.split('/') as [string];
  if (target.startsWith(`${name}/`)) return true;
  const sees = room.edge?.test(path) ? [...room.sees, API] : room.sees;
  return sees.some((seen) => seen.test(target));
}

/** A unit test may import its set-up from anywhere. */
function isUpstairs(path: string, specifier: string): boolean {
  const [room] = path.split('/') as [string];
  const floors = FLOORS[room];
  const target = targetOf(path, specifier);
  const isInside = specifier.startsWith('.') && target.startsWith(`${room}/`);
  if (floors === undefined || !isInside || path.endsWith('.spec.ts')) return false;
  const [to, from] = [placeOf(floors, room, target), placeOf(floors, room, path)];
  return to.place !== from.place && to.floor >= from.floor;
}

/** The innermost room in the list. */
function placeOf(floors: readonly string[], room: string, path: string) {
  for (let place = path.slice(room.length + 1); place !== '.'; place = posix.dirname(place)) {
    const floor = floors.findIndex((places) => places.split(' ').includes(place));
    if (floor >= 0) return { place, floor };
  }
  throw new Error(`${path} is on no floor of ${room}`);
}

const isForTests = (path: string, specifier: string) =>
  specifier === '@jest/globals' || targetOf(path, specifier) === 'testing/index.ts';

const targetOf = (path: string, specifier: string) =>
  posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');

/** The circles among files, each with the paths of its files; types count as imports. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const open: string[] = [];
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string): void => {
    if (open.includes(file)) circles.push([...open.slice(open.indexOf(file)), file].join(' -> '));
    if (open.includes(file) || done.has(file)) return;
    open.push(file);
    for (const target of imports.get(file) ?? []) visit(target);
    open.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return circles;
}

/**
 * Every module that a file names, those of `import()` apart, and every identifier. (`ts.preProcessFile` overlooks
 * `export * as x from`.)
 */
function read(source: string) {
  const specifiers: string[] = [];
  const loaded: string[] = [];
  const identifiers = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) identifiers.add(node.text);
    if (ts.isStringLiteralLike(node) && namesModule(node.parent)) specifiers.push(node.text);
    if (ts.isStringLiteralLike(node) && isImportCall(node.parent)) loaded.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true));
  return { specifiers, loaded, identifiers };
}

function namesModule(parent: ts.Node): boolean {
  return (
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    ts.isExternalModuleReference(parent) ||
    (ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent))
  );
}

const isImportCall = (parent: ts.Node): boolean =>
  ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.ImportKeyword;

describe('the rooms of src', () => {
  const src = join(import.meta.dirname, '../../src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts'));

  it('are those that have rules', () => {
    const found = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]!));
    expect([...found].toSorted()).toEqual(Object.keys(rooms).toSorted());
    expect(files).toContain(MAIN);
  });

  it('are entered only by those who may', () => {
    expect(files.flatMap((file) => brokenRules(file, readFileSync(join(src, file), 'utf8')))).toEqual([]);
  });
});

describe('imports', () => {
  it.each(['src', 'bench'])('of %s go round in no circle, those of types included', (folder) => {
    const root = join(import.meta.dirname, '../..', folder);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const targets = (file: string) => {
      const { specifiers, loaded } = read(readFileSync(join(root, file), 'utf8'));
      const own = [...specifiers, ...loaded].filter((specifier) => specifier.startsWith('.'));
      return own.map((specifier) => targetOf(file, specifier));
    };
    expect(circlesOf(new Map(files.map((file) => [file, targets(file)])))).toEqual([]);
  });

  it('would be seen going round', () => {
    expect(circlesOf(new Map(Object.entries({ a: ['b'], b: ['c', 'd'], c: ['a'], d: [] })))).toEqual([
      'a -> b -> c -> a',
    ]);
  });
});

describe('private parts of pg, TypeORM and Nest', () => {
  const root = join(import.meta.dirname, '../..');
  const listed = new Set(PRIVATE_PARTS.map(({ usedIn }) => usedIn));

  it('are used in their rooms alone, by files that the contract test lists', () => {
    const outside = leaningsOf(root).filter(({ file }) => !PRIVATE_ROOMS.test(file) || !listed.has(file));
    expect(outside).toEqual([]);
  });

  it.each([...PRIVATE_PARTS])('are listed as they are used: $term in $usedIn', ({ usedIn, term }) => {
    expect(usedIn).toMatch(PRIVATE_ROOMS);
    expect(readFileSync(join(root, 'src', usedIn), 'utf8')).toContain(term);
  });
});

describe('a comment', () => {
  it.each(['src', 'bench'])('of %s has at most 120 characters a line', (folder) => {
    const root = join(import.meta.dirname, '../..', folder);
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(ts|mjs)$/.test(file),
    );
    const long = sources
      .filter((file) => !file.includes('node_modules'))
      .flatMap((file) =>
        readFileSync(join(root, file), 'utf8')
          .split('\n')
          .map((line) => `${file}: ${line}`),
      )
      .filter(
        (line) => /^[^:]+: *(\*|\/\/|\/\*\*) /.test(line) && line.length - line.indexOf(': ') - 2 > 120,
      );
    expect(long).toEqual([]);
  });
});

describe('the rules', () => {
  it.each([
    ['the core, a domain', 'event-sourcing/options.ts', '../users/user.events.js'],
    ['the core, HTTP', 'event-sourcing/errors.ts', '../api/problem/error-to-problem.js'],
    ['the core, a package for HTTP', 'event-sourcing/errors.ts', '@nestjs/swagger'],
    ['the core, a package for metrics', 'event-sourcing/telemetry/telemetry.ts', 'prom-client'],
    ['the core, an SDK for traces', 'event-sourcing/telemetry/tracing.ts', '@opentelemetry/sdk-trace-base'],
    ['the log, what reads it', 'event-sourcing/log/event-store.ts', '../projection/turn/turn.js'],
    ['a turn, a rebuild', 'event-sourcing/projection/turn/turn.ts', '../rebuild/exchange.js'],
    ['a rebuild, what parks', 'event-sourcing/projection/rebuild/exchange.ts', '../parking/parked-keys.js'],
    ['what appends, what reads', 'event-sourcing/log/append/append-queue.ts', '../event-store.js'],
    ['a request, a route', 'api/request/fields.ts', '../route/routes.js'],
    ['metrics, HTTP', 'metrics/http-meters.ts', '../api/problem/error-to-problem.js'],
    ['a feature, the inside of the core', 'users/user.ts', '../event-sourcing/aggregate/aggregate-root.js'],
    ['a write model, another one', 'users/user.ts', '../viewing/viewing.events.js'],
    ['a write model, a read model', 'users/users.controller.ts', '../user-profile/profile-view.js'],
    ['an aggregate, HTTP', 'users/user.ts', '../api/request/fields.js'],
    ['a command, HTTP', 'users/commands/register-user.command.ts', '../../api/problem/error-to-problem.js'],
    ['a feature, the settings', 'users/users.controller.ts', '../service/config/settings.js'],
    ['a feature, authentication', 'users/users.controller.ts', '../service/auth/authentication.js'],
    ['what routes need, the service', 'api/route/command-route.ts', '../../service/auth/authentication.js'],
    ['what routes need, a feature', 'api/route/routes.ts', '../../users/users.module.js'],
    ['a read model, another one', 'user-profile/profile-view.ts', '../content-popularity/trending-score.js'],
    ['a read model, an aggregate', 'user-profile/user-profile.projection.ts', '../users/user.js'],
    ['a read model, a command', 'user-profile/a.ts', '../users/commands/register-user.command.js'],
    ['a projection, HTTP', 'content-popularity/content-popularity.projection.ts', '../api/request/paging.js'],
    ['operators, a feature', 'operations/log.controller.ts', '../users/users.module.js'],
    ['operators, the service', 'operations/log.controller.ts', '../service/database/migrate.js'],
    ['the service, the inside of a feature', 'service/log.module.ts', '../users/user.js'],
    ['the service, the inside of the core', 'service/log.module.ts', '../event-sourcing/options.js'],
    ['the database, the wiring', 'service/database/migrate.ts', '../app.module.js'],
    ['a feature, the testing kit', 'users/user.ts', '../testing/index.js'],
    ['the testing kit, a feature', 'testing/settle.ts', '../users/user.js'],
    ['the testing kit, the inside of the core', 'testing/settle.ts', '../event-sourcing/options.js'],
    ['the testing kit, a test runner', 'testing/settle.ts', '@jest/globals'],
    ['the settings, what uses them', 'service/config/settings.ts', '../http/fastify.js'],
    ['a feature, the wiring', 'viewing/viewing.module.ts', '../service/app.module.js'],
    ['a feature, the command line', 'viewing/viewing.module.ts', '../cli/terminal/printable.js'],
    ['the service, the command line', 'service/service.ts', '../cli/terminal/printable.js'],
    ['the service, JetStream at its start', 'service/app.module.ts', '../jetstream/jetstream.module.js'],
    ['a unit test, what its subject must not', 'users/user.spec.ts', '../api/problem/error-to-problem.js'],
  ])('keep from %s', (_what, file, specifier) => {
    expect(brokenRules(file, `import { a } from '${specifier}';`)).toEqual([
      `${file} must not import ${specifier}`,
    ]);
  });

  it.each([
    `import type { a } from '../api/request/fields.js';`,
    `import '../api/request/fields.js';`,
    `import a = require('../api/request/fields.js');`,
    `export * from '../api/request/fields.js';`,
    `export * as a from '../api/request/fields.js';`,
    `export type { a } from '../api/request/fields.js';`,
    `type A = import('../api/request/fields.js').A;`,
    'const a = `${1}`; async function b() { await import(`../api/request/fields.js`); }',
  ])('see through %s', (source) => {
    expect(brokenRules('users/user.ts', source)).toEqual([
      'users/user.ts must not import ../api/request/fields.js',
    ]);
  });

  it.each([
    [`import { CqrsModule } from '@nestjs/cqrs';`],
    [`import * as cqrs from '@nestjs/cqrs'; const imports = [cqrs.CqrsModule.forRoot()];`],
  ])('keep the one CqrsModule to the root: %s', (source) => {
    for (const file of [
      'users/users.module.ts',
      'event-sourcing/event-sourcing.module.ts',
      'service/service.ts',
    ]) {
      expect(brokenRules(file, source)).toEqual([`${file} must not use CqrsModule`]);
    }
    expect(brokenRules('service/log.module.ts', source)).toEqual([]);
  });

  it('let the service load JetStream when it is asked for', () => {
    const source = `const load = () => import('../jetstream/jetstream.module.js');`;
    expect(brokenRules('service/jetstream.ts', source)).toEqual([]);
  });

  it('keep storages from being one for each application', () => {
    const file = 'event-sourcing/event/message-context.ts';
    const broken = [
      `${file} must have its AsyncLocalStorage once for the process, in a constant of the module`,
    ];
    const member = 'class A {\n  private readonly storage = new AsyncLocalStorage<string>();\n}';
    expect(brokenRules(file, member)).toEqual(broken);
    expect(brokenRules(file, 'const storage = new AsyncLocalStorage<string>();\n')).toEqual([]);
  });

  it('keep controllers from parameters that nobody checks', () => {
    const source = `import { Get, Query } from '@nestjs/common';`;
    expect(brokenRules('users/users.controller.ts', source)).toEqual([
      'users/users.controller.ts must take Body, Param and Query from api/request/validated.js',
    ]);
    expect(brokenRules('api/request/validated.ts', source)).toEqual([]);
  });

  it('know every room', () => {
    expect(brokenRules('billing/invoice.ts', '')).toEqual([
      'billing/invoice.ts is in a room that has no rule',
    ]);
  });
});
