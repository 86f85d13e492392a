/**
 * The command line on the modules of an application that has installed the package. It is a process of the published
 * package when the database is new, or when the test is about the process. Otherwise it runs in the process of the
 * tests.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { eventually } from '../support/eventually.js';
import {
  type OperatedHost,
  operatedHost,
  type RunOptions,
  setManifestField,
} from '../support/hosts/operated-host.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

const APP = './dist/app.module.js';

let host: OperatedHost;
let database: TestDatabase;
beforeAll(async () => {
  host = await operatedHost();
}, 240_000);

const run = (args: readonly string[], more?: RunOptions) => host.eventfold(database, args, more).outcome;
const onApp = (...args: string[]) => run(['--app', APP, ...args]);
const json = async (...args: string[]) => JSON.parse((await onApp(...args, '--json')).out);
const here = (args: readonly string[], more?: RunOptions) => host.inThisProcess(database, args, more);
const onAppHere = (...args: string[]) => here(['--app', APP, ...args]);
const jsonHere = async (...args: string[]) => JSON.parse((await onAppHere(...args, '--json')).out);
const tables = () =>
  database.query<{ name: string }>(
    `select table_schema || '.' || table_name as name from information_schema.tables
      where table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );

describe('on a database that the application has not migrated', () => {
  beforeEach(async () => {
    database = await createEmptyDatabase();
  });
  afterEach(() => database.drop());

  it('looks, and neither migrates nor makes tables of entities, though a start of the application does', async () => {
    const { code, out, err } = await onApp('log', 'tail');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('the database has no event log in schema "shop_events": create it with');
    expect(await tables()).toEqual([]);
  });

  it('says which migrations of the application are pending, and runs them', async () => {
    const pending = await onApp('migrate', '--check');
    expect(pending.code).toBe(1);
    expect(pending.out).toMatch(
      /^pending {2}shop_events\.OwnSchema\d+\n[^]*\npending {2}Totals1770000000001\n$/,
    );
    expect(await tables()).toEqual([]);
    const applied = await onApp('migrate');
    expect(applied.code).toBe(0);
    expect(applied.out).toContain('applied  Totals1770000000001\nThe schema "shop_events" is up to date.\n');
    expect(await tables()).toEqual(
      expect.arrayContaining([{ name: 'public.shop_migrations' }, { name: 'shop_events.totals' }]),
    );
    expect(await json('migrate', '--check')).toEqual({
      schema: 'shop_events',
      migratedBy: 'application',
      pending: [],
      missing: [],
    });
    expect((await host.node(database, ['dist/place.js', 'ada', '40']).outcome).code).toBe(0);
  });

  it('names what no migration of the application makes', async () => {
    expect((await onApp('migrate')).code).toBe(0);
    await database.query('drop table shop_events.totals');
    const { code, err } = await onApp('migrate');
    expect(code).toBe(1);
    expect(err).toMatch(
      /all migrations that .* have run, and the database lacks .*totals.*\. Add \.\.\.migrationsFor/,
    );
    expect(await json('migrate', '--check')).toMatchObject({ missing: [expect.stringContaining('totals')] });
  });

  it('works on the event store that --store names, and asks where none is the usual one', async () => {
    const two = ['--app', './dist/two-stores.module.js'];
    const which = await run([...two, 'projections', 'status']);
    expect(which).toMatchObject({ code: 2, out: '' });
    expect(which.err).toContain(
      'which event store? Name one by --store. The application has billing, ledger.',
    );
    const unknown = await run([...two, '--store', 'orders', 'projections', 'status']);
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain('there is no event store "orders". The application has billing, ledger.');
    const migrated = await run([...two, '--store', 'billing', 'migrate', '--json']);
    expect(JSON.parse(migrated.out)).toMatchObject({ schema: 'billing', missing: [] });
    const verified = await run([...two, 'log', 'verify', '--store', 'ledger', '--json']);
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true, head: 0 });
  });
});

describe('on the log of the application', () => {
  beforeAll(async () => {
    database = await createEmptyDatabase();
    const words = ['dist/place.js', 'ada', '40', 'eve', '2', 'ada', '1'];
    const placed = await host.node(database, words, { environment: { CANNOT_FOLD: 'eve' } }).outcome;
    expect(placed).toMatchObject({ code: 0 });
  });
  afterAll(() => database.drop());

  it('knows the types of the application: log verify finds it sound, and an unknown one a fault', async () => {
    const { code, out, err } = await onApp('log', 'verify');
    expect(code).toBe(0);
    expect(out).toMatch(/^The log is sound\.\n +events +3, at positions 1 to 3\n/);
    expect(out).not.toContain('does not know');
    expect(err).toContain('open, EVENTFOLD_CLI is on\n');
    expect(err).toContain('closed\n');

    const other = await createEmptyDatabase();
    try {
      await host.node(other, ['dist/place.js', 'ada', '40']).outcome;
      await other.query(`alter table shop_events.events disable trigger user;
        update shop_events.events set event_type = 'order.unheard-of';
        alter table shop_events.events enable trigger user`);
      const broken = await host.eventfold(other, ['--app', APP, 'log', 'verify', '--json']).outcome;
      expect(broken.code).toBe(1);
      expect(JSON.parse(broken.out)).toMatchObject({ ok: false, fault: { position: 1 } });
      const rehearsed = await host.eventfold(other, ['--app', APP, 'rehearse', '--json']).outcome;
      expect(rehearsed.code).toBe(1);
    } finally {
      await other.drop();
    }
  });

  it('prints results alone on standard output: what the application prints goes to standard error', async () => {
    const { code, out, err } = await onApp('log', 'tail', '--json');
    expect(code).toBe(0);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ type, data }) => [type, data.customer])).toEqual([
      ['order.placed', 'ada'],
      ['order.placed', 'eve'],
      ['order.placed', 'ada'],
    ]);
    expect(err).toContain('open, EVENTFOLD_CLI is on');
    const shown = await onAppHere('stream', 'show', events[0].streamId);
    expect(shown.out).toMatch(/^ +1 {2}position 1 {2}.*order\.placed {2}\{"cents":40,"customer":"ada"\}\n$/);
  });

  it('rehearses the projections of the application', async () => {
    expect(await jsonHere('rehearse')).toMatchObject({
      ok: true,
      read: 3,
      projections: [expect.objectContaining({ name: 'totals' })],
    });
  });

  it('examines the database as the application would use it', async () => {
    const { ok, checks } = await jsonHere('doctor');
    expect(ok).toBe(true);
    expect(checks).toContainEqual(expect.objectContaining({ name: 'migrations', value: 'up to date' }));
    expect(checks).toContainEqual(expect.objectContaining({ name: 'tables', status: 'ok' }));
  });

  it('pauses and resumes a projection of the application, and folds nothing by itself', async () => {
    const { items } = await jsonHere('projections', 'status');
    expect(items).toMatchObject([{ name: 'totals', position: 3, parkedKeys: 1, status: 'no-worker' }]);
    expect(await jsonHere('projections', 'pause', 'totals')).toMatchObject({ status: 'paused' });
    expect((await jsonHere('projections', 'status')).items).toMatchObject([{ status: 'paused' }]);
    expect((await onAppHere('projections', 'resume', 'totals')).code).toBe(0);
    expect((await jsonHere('projections', 'rebuild', 'totals')).rebuild).not.toBeNull();
    expect((await onAppHere('projections', 'rebuild', 'totals', '--cancel')).code).toBe(0);
  });

  it('retries a parked key by the code of the application, in this process', async () => {
    const { items } = await jsonHere('parked', 'list', 'totals');
    expect(items).toMatchObject([{ key: 'eve', error: expect.stringContaining('no account of eve') }]);
    const still = await here(['--app', APP, 'parked', 'retry', 'totals', 'eve'], {
      environment: { CANNOT_FOLD: 'eve' },
    });
    expect(still.code).toBe(1);
    expect(still.out).toContain('eve: STILL PARKED at position 2');
    expect(await onAppHere('parked', 'retry', 'totals', 'eve')).toMatchObject({
      code: 0,
      out: 'eve: free, 1 event folded\n',
    });
    expect(await database.query('select * from shop_events.totals order by customer')).toEqual([
      { customer: 'ada', cents: 41 },
      { customer: 'eve', cents: 2 },
    ]);
  });

  it('skips the event of a parked key', async () => {
    const place = host.node(database, ['dist/place.js', 'bob', '7'], { environment: { CANNOT_FOLD: 'bob' } });
    expect((await place.outcome).code).toBe(0);
    expect(await jsonHere('parked', 'skip', 'totals', 'bob')).toEqual({ key: 'bob', folded: 0 });
  });

  it('runs in a file of the application, by runCli', async () => {
    const shown = await host.node(database, ['dist/cli.js', 'log', 'tail', '-n', '1', '--json']).outcome;
    expect(shown.code).toBe(0);
    expect(JSON.parse(shown.out)).toMatchObject({ type: 'order.placed' });
    const wrong = await host.node(database, ['dist/cli.js', 'parked', 'retry', 'totals', 'nobody']).outcome;
    expect(wrong).toMatchObject({ code: 1, out: '' });
    const twice = await host.node(database, ['dist/cli.js', '--app', APP, 'log', 'tail']).outcome;
    expect(twice).toMatchObject({ code: 2, out: '' });
    expect(twice.err).toContain('leave out --app');
  });

  it('ends at Ctrl-C, with the application closed and exit code 130', async () => {
    const following = host.eventfold(database, ['--app', APP, 'log', 'tail', '-n', '0', '--follow']);
    await eventually(() => expect(following.said()).toContain('open, '));
    following.interrupt();
    const { code, err } = await following.outcome;
    expect(code).toBe(130);
    expect(err).toContain('closed\n');
  });

  it('does not wait for an application that never closes', async () => {
    const { code, out, err } = await run(['--app', APP, 'log', 'verify'], {
      environment: { NEVER_CLOSES: 'yes' },
    });
    expect(code).toBe(0);
    expect(out).toContain('The log is sound.');
    expect(err).toContain('The application did not close within 8 s.');
  });

  it('opens a CommonJS build as well', async () => {
    const folder = await mkdtemp(join(host.folder, 'commonjs-'));
    compileToCommonJs(join(host.folder, 'src'), folder);
    await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }');
    const verified = await run(['--app', join(folder, 'app.module.js'), 'log', 'verify', '--json']);
    expect(JSON.parse(verified.out)).toMatchObject({ ok: true });
    await rm(folder, { recursive: true });
  });

  it.each<[string, () => RunOptions, string]>([
    ['EVENTFOLD_APP', () => ({ environment: { EVENTFOLD_APP: APP } }), 'EVENTFOLD_APP'],
    ['package.json', () => ({}), 'package.json'],
    ['package.json of a folder above', () => ({ directory: join(host.folder, 'src') }), 'package.json'],
  ])('finds the application by %s, and says so', async (name, options, source) => {
    if (name !== 'EVENTFOLD_APP') await setManifestField(host.folder, { app: APP });
    const status = await here(['projections', 'status', '--json'], options());
    const config = await here(['config', '--json'], options());
    const without = await here(['--no-app', 'config', '--json'], options());
    await setManifestField(host.folder, undefined);
    expect(JSON.parse(status.out).items).toMatchObject([{ name: 'totals' }]);
    const { app, ...others } = JSON.parse(config.out);
    expect(app).toEqual({
      value: join(host.folder, 'dist/app.module.js'),
      source: expect.stringMatching(new RegExp(`${source}$`)),
    });
    expect(others).toEqual({ store: { value: null, source: 'default' } });
    expect(JSON.parse(without.out)).toHaveProperty('DATABASE_URL');
  });
});

describe('an application that cannot be opened', () => {
  beforeAll(async () => {
    database = await createEmptyDatabase();
    await mkdir(join(host.folder, 'a-folder'), { recursive: true });
  });
  afterAll(() => database.drop());

  it.each([
    ['./dist/nowhere.js', 'and there is no such file. Build the application'],
    ['./a-folder', 'and it is no file.'],
    ['./dist/throws.js', 'and it cannot be loaded (SHOP_SECRET is not set). "node '],
    ['./dist/only-helpers.js', 'and it exports no Nest module. Name the built file of the root module'],
    ['./dist/only-helpers.js#AppModule', 'and its export "AppModule" is no Nest module.'],
    ['./dist/app.module.js#ShopModule', 'and it has no export "ShopModule". Its modules are AppModule.'],
    [
      './dist/many-modules.js',
      'several Nest modules. Add "#" and the name of one. Its modules are OrdersModule, ',
    ],
    ['./dist/data-source.js', 'and it exports no Nest module.'],
    ['', '--app is "": it must be the built file of a Nest module'],
    ['./dist/app.module.js#', '--app is "./dist/app.module.js#": it must be'],
  ])('%s is refused in one line, with exit code 2', async (app, says) => {
    for (const command of [['projections', 'status'], ['config']]) {
      const { code, out, err } = await here(['--app', app, ...command]);
      expect({ command, code, out }).toEqual({ command, code: 2, out: '' });
      expect(err).toContain(says);
      expect(err).toMatch(/^eventfold: [^\n]*\n$/);
    }
  });

  it('is refused as well where it is TypeScript', async () => {
    const { code, out, err } = await run(['--app', './src/app.module.ts', 'projections', 'status']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^eventfold: [^\n]*and this Node.js does not run it. Build the application[^\n]*\n$/);
  });

  it.each([
    [{ application: APP }, '"eventfold.application" in '],
    [{ app: 7 }, 'is 7: it must be the built file of a Nest module'],
    ['dist/app.module.js', 'it must be the built file of a Nest module'],
  ])('a field of package.json that is %j is refused', async (field, says) => {
    await setManifestField(host.folder, field);
    const { code, err } = await here(['projections', 'status']);
    await setManifestField(host.folder, undefined);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  it('that does not start is told in its own words, with exit code 1', async () => {
    const nowhere = { url: 'postgres://shop@127.0.0.1:1/shop' };
    const { code, out, err } = await host.eventfold(nowhere, ['--app', APP, 'log', 'tail']).outcome;
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/\neventfold: the application does not start: .*ECONNREFUSED.*\n$/);
  });
});

function compileToCommonJs(sources: string, folder: string): void {
  const compilerOptions: ts.CompilerOptions = {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2022,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
  for (const name of readdirSync(sources)) {
    const { outputText } = ts.transpileModule(readFileSync(join(sources, name), 'utf8'), { compilerOptions });
    ts.sys.writeFile(join(folder, name.replace(/ts$/, 'js')), outputText);
  }
}
