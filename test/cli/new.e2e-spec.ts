import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileHosts, createWorkspace, StarterHost } from '../support/hosts/starter-host.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

const AGGREGATE = [
  'src/order/close-order.command.ts',
  'src/order/create-order.command.ts',
  'src/order/order.errors.ts',
  'src/order/order.events.ts',
  'src/order/order.module.ts',
  'src/order/order.spec.ts',
  'src/order/order.ts',
];
const READ_MODEL = [
  'src/order-summary/get-order-summary.query.ts',
  'src/order-summary/order-summary.entity.ts',
  'src/order-summary/order-summary.migration.ts',
  'src/order-summary/order-summary.module.ts',
  'src/order-summary/order-summary.projection.spec.ts',
  'src/order-summary/order-summary.projection.ts',
];

describe('eventfold new', () => {
  let host: StarterHost;
  beforeEach(async () => {
    host = await StarterHost.create('module');
  });
  afterEach(() => host.remove());

  it('writes an aggregate and a read model of it, and says what it wrote and what comes next', async () => {
    await host.write('.env', 'DATABASE_URL=nonsense'); // no command here reads it
    const aggregate = await host.eventfold('new', 'aggregate', 'order');
    expect(aggregate).toMatchObject({ code: 0, err: '' });
    expect(await host.sources()).toEqual(AGGREGATE);
    for (const path of AGGREGATE) expect(aggregate.out).toContain(`created  ${path}\n`);
    expect(aggregate.out).toContain('1. Import OrderModule (src/order/order.module.ts) in your root module');
    const readModel = await host.eventfold('new', 'read-model', 'order-summary', '--json');
    const { next, ...report } = JSON.parse(readModel.out);
    const files = READ_MODEL.map((path) => ({ path, action: 'created' }));
    expect(report).toEqual({ dryRun: false, files });
    const migration = await host.read('src/order-summary/order-summary.migration.ts');
    const [, className] = /class (OrderSummary\d{13}) /.exec(migration)!;
    expect(next.join('\n')).toContain(`Add ${className} (src/order-summary/order-summary.migration.ts)`);
  });

  it('only says what it would do, when it is asked to', async () => {
    const { code, out } = await host.eventfold('new', 'aggregate', 'order', '--dry-run');
    expect(code).toBe(0);
    for (const path of AGGREGATE) expect(out).toContain(path);
    await expect(host.sources()).rejects.toThrow('ENOENT');
  });

  it('overwrites nothing, and then writes nothing at all, unless it is forced to', async () => {
    await host.write('src/order/order.errors.ts', 'mine');
    await host.write('src/order/order.module.ts', 'mine, too');
    const refused = await host.eventfold('new', 'aggregate', 'order');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(
      /already src\/order\/order\.errors\.ts, src\/order\/order\.module\.ts\. .*--force/,
    );
    expect(await host.sources()).toHaveLength(2);
    const forced = await host.eventfold('new', 'aggregate', 'order', '--force');
    expect(forced.out).toMatch(/^overwritten {2}src\/order\/order\.errors\.ts$/m);
    expect(forced.out).toMatch(/^created {6}src\/order\/order\.ts$/m);
    expect(await host.read('src/order/order.errors.ts')).toContain('class OrderRefused');
  });

  it('says that there is no such aggregate, and how to make it', async () => {
    const { code, out, err } = await host.eventfold('new', 'read-model', 'totals', '--of', 'order');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/no aggregate "order": not found .*src\/order\/order\.events\.ts/);
    expect(err).toContain('Make it with "eventfold new aggregate order"');
  });

  it('takes for wrong usage what it cannot mean, in one line', async () => {
    const mistakes: [string[], RegExp][] = [
      [['aggregate', '../Order!'], /"\.\.\/Order!" must be lower-case words .* such as order\. See/],
      [['aggregate', 'domain'], /"DomainEvent" would stand for two things in domain\.events\.ts/],
      [['read-model', 'totals'], /name the aggregate .* with --of/],
      [['read-model', 'order', '--of', 'order'], /"order" is the aggregate/],
      [['read-model', 'totals', '--schema', 'a"b'], /--schema is "a"b": it must be a lower-case identifier/],
    ];
    const check = async ([args, sentence]: (typeof mistakes)[number]) => {
      const { code, out, err } = await host.eventfold('new', ...args);
      expect({ code, out, lines: err.trimEnd().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 });
      expect(err).toMatch(sentence);
    };
    await Promise.all(mistakes.map(check));
  });

  it('explains itself', async () => {
    const parts = { aggregate: ['"type": "module"'], 'read-model': ['--of <AGGREGATE>', '--schema <S>'] };
    const check = async ([kind, own]: [string, string[]]) => {
      const { code, out } = await host.eventfold('new', kind, '--help');
      expect(code).toBe(0);
      for (const part of ['<name>', '--directory <D>', '--dry-run', '--force', 'Examples:', ...own]) {
        expect(out).toContain(part);
      }
    };
    await Promise.all(Object.entries(parts).map(check));
  });
});

/** The acts of an application on an order, as JSON. */
const MAIN = `
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule } from 'nest-eventfold';
import { migrationsFor } from 'nest-eventfold/migrations';
import { CloseOrder } from './order/close-order.command.js';
import { CreateOrder } from './order/create-order.command.js';
import { OrderModule } from './order/order.module.js';
import { GetOrderSummary } from './order-summary/get-order-summary.query.js';
import { OrderSummary } from './order-summary/order-summary.entity.js';
import * as orderSummaryMigration from './order-summary/order-summary.migration.js';
import { OrderSummaryModule } from './order-summary/order-summary.module.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: process.env['DATABASE_URL']!,
      schema: 'public', // the user of the database has the name of the event store's schema
      entities: process.env['ENTITIES'] === 'known' ? [OrderSummary] : [],
      migrations: [...migrationsFor(), ...Object.values(orderSummaryMigration)],
      migrationsRun: true,
      retryAttempts: 0,
      installExtensions: false,
    }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot(),
    OrderModule,
    OrderSummaryModule,
  ],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const [commands, queries] = [app.get(CommandBus), app.get(QueryBus)];
  const created = await commands.execute(new CreateOrder('7', 'The first'));
  const first = await queries.execute(new GetOrderSummary('7', created.position));
  const closed = await commands.execute(new CloseOrder('7'));
  const last = await queries.execute(new GetOrderSummary('7', closed.position));
  const again = await commands.execute(new CloseOrder('7')).catch((error: { code: string }) => error.code);
  await app.close();
  console.log(JSON.stringify({ created, first, closed, last, again }));
}

void main();
`;

const ESM_JEST = {
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      },
    ],
  },
};

/** The linter's rule must know that the promise of Node's `it` need not be awaited. */
const KNOWN_SAFE = [{ from: 'package', name: ['describe', 'it'], package: 'node:test' }];

const HOSTS = [
  {
    type: 'module',
    runner: 'jest',
    entities: 'unknown',
    // A read model of an aggregate that was not generated, with other events and an upcaster.
    others: [['read-model', 'lending', '--of', 'src/copy/copy.events.ts']],
  },
  {
    type: 'commonjs',
    runner: 'node',
    entities: 'known',
    // With long names, all in one directory.
    others: [
      ['aggregate', 'international-customer-order', '--directory', 'src/sales'],
      ['read-model', 'turnover', '--of', 'international-customer-order', '--directory', 'src/sales'],
    ],
  },
] as const;

type Host = (typeof HOSTS)[number];

/** Both hosts, in one workspace, with all generated files. */
async function createHosts() {
  const workspace = await createWorkspace();
  const hosts = await Promise.all(HOSTS.map((each) => createHost(each, workspace)));
  let compiled: Promise<void> | undefined;
  return {
    of: (type: string) => hosts.find((host) => host.type === type)!,
    compile: () => (compiled ??= compileHosts(workspace, hosts)),
    remove: () => hosts[0]!.remove(),
  };
}

async function createHost({ type, runner, others }: Host, workspace: string): Promise<StarterHost> {
  const host = await StarterHost.create(type, runner === 'jest' ? { jest: '30' } : {}, workspace);
  const copy = await readFile(join(import.meta.dirname, '../examples/library/copy.events.ts'), 'utf8');
  const imported = copy.replace('../../../src/event-sourcing/index.js', 'nest-eventfold');
  await host.write('src/copy/copy.events.ts', imported);
  const all = [['aggregate', 'order'], ['read-model', 'order-summary'], ...others];
  for (const kind of ['aggregate', 'read-model']) {
    const wanted = all.filter(([each]) => each === kind);
    const outcomes = await Promise.all(wanted.map((args) => host.eventfold('new', ...args)));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 0, err: '' });
  }
  const main = type === 'module' ? MAIN : MAIN.replace(/\.js';/g, `';`);
  await host.write('src/main.ts', main.trimStart());
  return host;
}

let hosts: Awaited<ReturnType<typeof createHosts>>;
beforeAll(async () => {
  hosts = await createHosts();
});
afterAll(() => hosts.remove());

describe.each(HOSTS)('in a $type host, what eventfold new writes', ({ type, runner, entities, others }) => {
  let host: StarterHost;
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    host = hosts.of(type);
  });
  afterAll(() => database.drop());

  it('is formatted', async () => {
    await host.run('prettier/bin/prettier.cjs', ['--check', 'src']);
  });

  it('lints', async () => {
    const config = JSON.parse(await host.read('.oxlintrc.json'));
    config.rules['typescript/no-floating-promises'] = ['error', { allowForKnownSafeCalls: KNOWN_SAFE }];
    if (runner === 'node') await host.write('.oxlintrc.json', JSON.stringify(config));
    await host.run('oxlint/bin/oxlint', ['--type-aware', '--deny-warnings', 'src']);
  });

  it('compiles, and passes its own tests', async () => {
    await hosts.compile();
    const specs = (await host.sources()).filter((path) => path.endsWith('.spec.ts'));
    expect(specs).toHaveLength(2 + others.length);
    if (runner === 'jest') {
      await host.write('jest.config.json', JSON.stringify(ESM_JEST));
      await host.run('jest/bin/jest.js', ['-i'], { NODE_OPTIONS: '--experimental-vm-modules' });
    } else await host.start(specs);
  });

  it('runs on a database', async () => {
    const out = await host.start(['src/main.ts'], { DATABASE_URL: database.url, ENTITIES: entities });
    expect(JSON.parse(out)).toEqual({
      created: { orderId: '7', position: 1 },
      first: { orderId: '7', lastEvent: 'order.created', events: 1 },
      closed: { orderId: '7', position: 2 },
      last: { orderId: '7', lastEvent: 'order.closed', events: 2 },
      again: 'order.is-closed',
    });
    const events = await database.query(
      'select event_type, stream_id from eventfold.events order by global_position',
    );
    expect(events).toEqual([
      { event_type: 'order.created', stream_id: 'order-7' },
      { event_type: 'order.closed', stream_id: 'order-7' },
    ]);
  });
});
