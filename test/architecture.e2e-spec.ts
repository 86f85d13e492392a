/**
 * Who may import whom. The core knows nobody; write models know the core; read models know the core and the events of
 * write models; what speaks HTTP is a few files at the edge of each; only the wiring sees everything.
 */
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

interface Room {
  /** What its files may import beside each other; paths are those below `src`. */
  sees: readonly RegExp[];
  /** Those of its files that speak HTTP: they may import `http` besides. */
  edge?: RegExp;
  /** Packages that it must do without. */
  shuns?: RegExp;
}

const CORE = /^event-sourcing\/index\.ts$/;
/** Beside its interface: what only the testing kit takes of it. */
const CORE_FOR_TESTING = /^event-sourcing\/for-testing\.ts$/;
const EMBEDDED_POSTGRES = /^database\/embedded-postgres\.ts$/;
const CONFIG = /^config\//;
const HTTP = /^http\//;
const METRICS = /^metrics\//;
const AUTH = /^auth\//;
const MIGRATIONS = /^\.\.\/migrations\/index\.ts$/;
const WRITE_MODEL_EVENTS = /^(users|viewing)\/[^/]+\.events\.ts$/;

const WITHOUT_HTTP = /^@nestjs\/(platform-|swagger)|^fastify|^express|^class-/;
/** It works in every test runner, and depends on none. */
const WITHOUT_RUNNER = new RegExp(`${WITHOUT_HTTP.source}|jest|vitest|^node:test|^@nestjs/testing`);
const WITHOUT_METRICS = new RegExp(`${WITHOUT_HTTP.source}|^prom-client|^@opentelemetry/(?!api$)`);

const readModel: Room = {
  sees: [CORE, WRITE_MODEL_EVENTS],
  edge: /(\.controller|\.module|\.requests|-cursor)\.ts$/,
};
const rooms: Record<string, Room> = {
  'event-sourcing': { sees: [], shuns: WITHOUT_METRICS },
  users: { sees: [CORE], edge: /(\.controller|\.module|\.requests|\/index)\.ts$/ },
  viewing: { sees: [CORE], edge: /(\.controller|\.module|\.requests|-batch)\.ts$/ },
  'user-profile': readModel,
  'content-popularity': readModel,
  http: { sees: [CORE, CONFIG, METRICS] },
  metrics: { sees: [CORE], shuns: WITHOUT_HTTP },
  auth: { sees: [CORE, CONFIG, HTTP] },
  'rate-limit': { sees: [CORE, CONFIG, HTTP, AUTH] },
  database: { sees: [CONFIG, MIGRATIONS] },
  testing: { sees: [CORE, CORE_FOR_TESTING, EMBEDDED_POSTGRES, MIGRATIONS], shuns: WITHOUT_RUNNER },
  config: { sees: [] },
  // What the process hears before anything else is loaded.
  service: { sees: [/^service\.ts$/] },
  // Wiring as well, with a folder of its own that nobody else enters.
  cli: { sees: [/./] },
};
/** The application's, and the one that the testing kit puts around modules of somebody else. */
const ROOT_MODULES = ['app.module.ts', 'testing/test-application.ts'];
const wiring = ['app.module.ts', 'service.ts', 'main.ts', 'write-openapi.ts'];
const WIRING: Room = { sees: [/^(?!cli\/)/] };

/** The rules that a file breaks, in words. A unit test obeys the rules of what it tests, and may use the testing kit. */
function brokenRules(file: string, source: string): string[] {
  const path = file.replace(/\.spec\.ts$/, '.ts');
  const room = rooms[path.split('/')[0]!];
  if (room === undefined && !wiring.includes(path)) return [`${file} is in a room that has no rule`];
  const { specifiers, identifiers } = read(source);
  const broken = specifiers
    .filter((specifier) => !mayImport(path, room ?? WIRING, specifier))
    .filter((specifier) => path === file || !isForTests(path, specifier))
    .map((specifier) => `${file} must not import ${specifier}`);
  // A second import of it makes a second CommandBus.
  if (identifiers.has('CqrsModule') && !ROOT_MODULES.includes(path))
    broken.push(`${file} must not use CqrsModule`);
  // Nest's own would take whatever a client sends.
  if (/\b(Body|Param|Query)\b[^;]*from '@nestjs\/common'/.test(source) && path.endsWith('.controller.ts'))
    broken.push(`${file} must take Body, Param and Query from http/validated.js`);
  // Before Node.js 24 each promise carries every storage that was ever used: one for each application never ends.
  if (/^(?!const ).*new AsyncLocalStorage/m.test(source))
    broken.push(`${file} must have its AsyncLocalStorage once for the process, in a constant of the module`);
  return broken;
}

function mayImport(path: string, room: Room, specifier: string): boolean {
  if (!specifier.startsWith('.')) return room.shuns?.test(specifier) !== true;
  const target = targetOf(path, specifier);
  if (target.startsWith(`${path.split('/')[0]}/`)) return true;
  const sees = room.edge?.test(path) ? [...room.sees, HTTP] : room.sees;
  return sees.some((seen) => seen.test(target));
}

const isForTests = (path: string, specifier: string) =>
  specifier === '@jest/globals' || targetOf(path, specifier) === 'testing/index.ts';

const targetOf = (path: string, specifier: string) =>
  posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');

/** Every module that a file names, and every identifier. (`ts.preProcessFile` overlooks `export * as x from`.) */
function read(source: string): { specifiers: string[]; identifiers: Set<string> } {
  const specifiers: string[] = [];
  const identifiers = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) identifiers.add(node.text);
    if (ts.isStringLiteralLike(node) && namesModule(node.parent)) specifiers.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true));
  return { specifiers, identifiers };
}

function namesModule(parent: ts.Node): boolean {
  return (
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    ts.isExternalModuleReference(parent) ||
    (ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent)) ||
    (ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.ImportKeyword)
  );
}

describe('the rooms of src', () => {
  const src = join(import.meta.dirname, '../src');
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts'));

  it('are those that have rules', () => {
    const found = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]!));
    expect([...found].toSorted()).toEqual(Object.keys(rooms).toSorted());
    expect(files).toEqual(expect.arrayContaining(wiring));
  });

  it('are entered only by those who may', () => {
    expect(files.flatMap((file) => brokenRules(file, readFileSync(join(src, file), 'utf8')))).toEqual([]);
  });
});

describe('the rules', () => {
  it.each([
    ['the core, a domain', 'event-sourcing/retry.ts', '../users/user.events.js'],
    ['the core, HTTP', 'event-sourcing/errors.ts', '../http/problem.js'],
    ['the core, a package for HTTP', 'event-sourcing/errors.ts', '@nestjs/swagger'],
    ['the core, a package for metrics', 'event-sourcing/telemetry.ts', 'prom-client'],
    ['the core, an SDK for traces', 'event-sourcing/tracing.ts', '@opentelemetry/sdk-trace-base'],
    ['metrics, HTTP', 'metrics/http-metrics.ts', '../http/problem.js'],
    ['a feature, the inside of the core', 'users/user.ts', '../event-sourcing/aggregate-root.js'],
    ['a write model, another one', 'users/user.ts', '../viewing/viewing.events.js'],
    ['a write model, a read model', 'users/users.controller.ts', '../user-profile/profile-view.js'],
    ['an aggregate, HTTP', 'users/user.ts', '../http/fields.js'],
    ['a command, HTTP', 'users/commands/register-user.command.ts', '../../http/problem.js'],
    ['a feature, the settings', 'users/users.controller.ts', '../config/settings.js'],
    ['a feature, authentication', 'users/users.controller.ts', '../auth/authentication.js'],
    ['HTTP, authentication', 'http/command-route.ts', '../auth/authentication.js'],
    ['a read model, another one', 'user-profile/profile-view.ts', '../content-popularity/trending-score.js'],
    ['a read model, an aggregate', 'user-profile/user-profile.projection.ts', '../users/user.js'],
    ['a read model, a command', 'user-profile/a.ts', '../users/commands/register-user.command.js'],
    ['a projection, HTTP', 'content-popularity/content-popularity.projection.ts', '../http/paging.js'],
    ['HTTP, a feature', 'http/health.controller.ts', '../users/users.module.js'],
    ['HTTP, the database', 'http/health.controller.ts', '../database/migrate.js'],
    ['the database, the core', 'database/migrate.ts', '../event-sourcing/index.js'],
    ['a feature, the testing kit', 'users/user.ts', '../testing/index.js'],
    ['the testing kit, a feature', 'testing/settle.ts', '../users/user.js'],
    ['the testing kit, the inside of the core', 'testing/settle.ts', '../event-sourcing/retry.js'],
    ['the testing kit, a test runner', 'testing/settle.ts', '@jest/globals'],
    ['the settings, anything', 'config/settings.ts', '../http/problem.js'],
    ['a feature, the wiring', 'viewing/viewing.module.ts', '../app.module.js'],
    ['a feature, the command line', 'viewing/viewing.module.ts', '../cli/terminal/printable.js'],
    ['HTTP, the command line', 'http/problem.ts', '../cli/terminal/printable.js'],
    ['the wiring, the command line', 'service.ts', './cli/terminal/printable.js'],
    ['a unit test, what its subject must not', 'users/user.spec.ts', '../http/problem.js'],
  ])('keep from %s', (_what, file, specifier) => {
    expect(brokenRules(file, `import { a } from '${specifier}';`)).toEqual([
      `${file} must not import ${specifier}`,
    ]);
  });

  it.each([
    `import type { a } from '../http/fields.js';`,
    `import '../http/fields.js';`,
    `import a = require('../http/fields.js');`,
    `export * from '../http/fields.js';`,
    `export * as a from '../http/fields.js';`,
    `export type { a } from '../http/fields.js';`,
    `type A = import('../http/fields.js').A;`,
    'const a = `${1}`; async function b() { await import(`../http/fields.js`); }',
  ])('see through %s', (source) => {
    expect(brokenRules('users/user.ts', source)).toEqual(['users/user.ts must not import ../http/fields.js']);
  });

  it.each([
    [`import { CqrsModule } from '@nestjs/cqrs';`],
    [`import * as cqrs from '@nestjs/cqrs'; const imports = [cqrs.CqrsModule.forRoot()];`],
  ])('keep the one CqrsModule to the root: %s', (source) => {
    for (const file of ['users/users.module.ts', 'event-sourcing/event-sourcing.module.ts', 'main.ts']) {
      expect(brokenRules(file, source)).toEqual([`${file} must not use CqrsModule`]);
    }
    expect(brokenRules('app.module.ts', source)).toEqual([]);
  });

  it('keep storages from being one for each application', () => {
    const file = 'event-sourcing/message-context.ts';
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
      'users/users.controller.ts must take Body, Param and Query from http/validated.js',
    ]);
    expect(brokenRules('http/validated.ts', source)).toEqual([]);
  });

  it('know every room', () => {
    expect(brokenRules('billing/invoice.ts', '')).toEqual([
      'billing/invoice.ts is in a room that has no rule',
    ]);
  });
});
