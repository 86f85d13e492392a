/** `eventfold doctor`, and the start, on a real server whose settings are made wrong one by one. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/service/database/data-source-options.js';
import { type CheckResult, examinedProcess } from '../../src/event-sourcing/doctor/check.js';
import { CHECKS } from '../../src/event-sourcing/doctor/checks.js';
import { examine } from '../../src/event-sourcing/doctor/examine.js';
import { ResolvedOptions } from '../../src/event-sourcing/options.js';
import { eventfold } from '../support/cli.js';
import { hasPooler, Pooler } from '../support/servers/pooler.js';
import { PrivateServer, queryOnce } from '../support/servers/private-server.js';
import { createTallies, startTallyHost } from '../support/hosts/tally-host.js';
import type { TestDatabase } from '../support/test-database.js';

let server: PrivateServer;
let database: TestDatabase;
let undo: string[] = [];

const urlOf = (name: string, user?: string) => {
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  if (user !== undefined) [url.username, url.password] = [user, 'secret'];
  return url.href;
};

interface Diagnosis {
  code: number | null;
  ok: boolean;
  checks: CheckResult[];
}

async function diagnose(environment: NodeJS.ProcessEnv = {}): Promise<Diagnosis> {
  const { code, out, err } = await eventfold(
    { DATABASE_URL: database.url, ...environment },
    'doctor',
    '--json',
  );
  expect(err).toBe('');
  return { code, ...(JSON.parse(out) as Omit<Diagnosis, 'code'>) };
}

const notOk = ({ checks }: Diagnosis) => checks.filter(({ status }) => status !== 'ok');

/** The only check that is not ok. */
async function onlyFinding(environment?: NodeJS.ProcessEnv): Promise<CheckResult & Pick<Diagnosis, 'code'>> {
  const diagnosis = await diagnose(environment);
  expect(notOk(diagnosis)).toHaveLength(1);
  return { ...notOk(diagnosis)[0]!, code: diagnosis.code };
}

/** They are undone after the test, in the opposite order. */
async function change(sql: string, undoing: string): Promise<void> {
  await database.query(sql);
  undo.unshift(undoing);
}

beforeAll(async () => {
  server = await PrivateServer.start();
  await server.query('create database films');
  const url = urlOf('films');
  database = {
    url,
    query: (sql, parameters) => queryOnce(url, sql, parameters),
    drop: () => Promise.resolve(),
  };
  expect(await eventfold({ DATABASE_URL: url }, 'migrate')).toMatchObject({ code: 0 });
  await createTallies(database);
});
afterEach(async () => {
  for (const sql of undo) await database.query(sql);
  undo = [];
});
afterAll(async () => {
  await server.remove();
});

describe('the doctor, where all is well', () => {
  it('says of each check what is, and what is right, and ends with 0', async () => {
    const { code, out } = await eventfold({ DATABASE_URL: database.url }, 'doctor');
    expect(out).toMatch(/^check +status +value +right\n/);
    expect(out).toMatch(/server version +ok +18\.\S+ +PostgreSQL 15 to 18/);
    expect(out).toMatch(/notifications +ok +arrive, after \d+ ms/);
    expect(out).toMatch(/\d+ checks: 0 wrong, 0 to be warned of. All is well.\n$/);
    expect(code).toBe(0);
  });

  it('asks the server by one round trip, which costs a start little', async () => {
    const asked: string[] = [];
    const options = dataSourceOptions(database.url, 'eventfold', 1);
    const logger = { logQuery: (sql: string) => void asked.push(sql) } as never;
    const dataSource = await new DataSource({ ...options, logging: true, logger }).initialize();
    try {
      asked.length = 0;
      const examined = { folds: true, mayOnlyRead: false, poolSize: 10, rowTables: [], isStarting: true };
      const of = examinedProcess(new ResolvedOptions(), examined);
      expect(await examine(dataSource, of, false)).toHaveLength(CHECKS.length);
      expect(asked).toHaveLength(1);
    } finally {
      await dataSource.destroy();
    }
  });
});

describe('the doctor finds, on the database,', () => {
  it.each([
    ['default_transaction_isolation', 'serializable', 'two more round trips'],
    ['default_transaction_isolation', 'repeatable read', 'two more round trips'],
    ['statement_timeout', '400ms', 'cut off'],
    ['lock_timeout', '50ms', 'fail with 503'],
    ['idle_in_transaction_session_timeout', '2s', 'lock of a migration'],
    ['transaction_timeout', '30s', 'Turns and rebuilds lift it'],
    ['idle_session_timeout', '1h', 'lost again and again'],
    ['synchronous_commit', 'off', 'lose events'],
    ['track_activities', 'off', 'cannot name the session'],
  ])('%s = %s, with its consequence and the cure, and ends with 0', async (name, value, consequence) => {
    await change(`alter database films set ${name} = '${value}'`, `alter database films reset ${name}`);
    const found = await onlyFinding();
    expect(found).toMatchObject({ name, status: 'warn', code: 0 });
    expect(found.finding).toContain(`${name} is `);
    expect(found.finding).toContain(consequence);
    expect(found.cure).toContain(name);
  });

  it.each([
    ['statement_timeout', '5s'],
    ['lock_timeout', '1s'],
    ['idle_in_transaction_session_timeout', '1min'],
    ['TimeZone', 'Asia/Kathmandu'],
    ['synchronous_commit', 'local'],
  ])('no harm in %s = %s', async (name, value) => {
    await change(`alter database films set ${name} = '${value}'`, `alter database films reset ${name}`);
    expect(notOk(await diagnose())).toEqual([]);
  });

  it('that nothing can be written, which is wrong for a process that folds', async () => {
    await database.query('alter database films set default_transaction_read_only = on');
    try {
      const found = await onlyFinding();
      expect(found).toMatchObject({ name: 'default_transaction_read_only', status: 'wrong', code: 1 });
      expect(await onlyFinding({ PROJECTIONS: 'off' })).toMatchObject({ status: 'warn', code: 0 });
      await expect(startTallyHost(database)).rejects.toMatchObject({ code: 'unfit-environment' });
    } finally {
      await database.query(
        'begin read write; alter database films reset default_transaction_read_only; commit',
      );
    }
  });

  it.each([
    ['fsync', 'fsync'],
    ['full_page_writes', 'full_page_writes'],
    ['autovacuum', 'autovacuum'],
  ])('%s off on the whole server', async (name, check) => {
    await database.query(`alter system set ${name} = off`);
    undo.push(`alter system reset ${name}`, 'select pg_reload_conf()');
    await database.query('select pg_reload_conf()');
    // The signal takes a moment to arrive.
    let found = await diagnose();
    for (let tries = 0; tries < 20 && notOk(found).length === 0; tries++) found = await diagnose();
    expect(notOk(found)).toMatchObject([
      { name: check, status: 'warn', cure: expect.stringContaining(name) },
    ]);
  });
});

describe('the doctor finds, in the schema,', () => {
  it('autovacuum off for a table, and how to turn it on', async () => {
    const table = 'eventfold.projection_checkpoints';
    await change(
      `alter table ${table} set (autovacuum_enabled = false)`,
      `alter table ${table} reset (autovacuum_enabled)`,
    );
    expect(await onlyFinding()).toMatchObject({
      name: 'autovacuum',
      status: 'warn',
      cure: expect.stringContaining(
        'alter table "eventfold".projection_checkpoints reset (autovacuum_enabled);',
      ),
    });
  });

  it('a table that is missing, of a migration that is noted', async () => {
    await change(
      'alter table eventfold.snapshots rename to gone',
      'alter table eventfold.gone rename to snapshots',
    );
    const found = await onlyFinding();
    expect(found).toMatchObject({ name: 'tables', status: 'wrong', code: 1 });
    expect(found.finding).toContain('(snapshots)');
  });

  it('that it is not there, and what makes it', async () => {
    const { code, checks } = await diagnose({ DATABASE_SCHEMA: 'elsewhere' });
    expect(code).toBe(1);
    const wrong = checks.filter(({ status }) => status === 'wrong');
    expect(wrong.map(({ name }) => name)).toEqual(['migrations', 'tables']);
    expect(wrong[0]!.cure).toContain('eventfold migrate');
  });

  it('a migration that has not run', async () => {
    const [last] = (await database.query<{ name: string; timestamp: string }>(
      'select name, timestamp from eventfold.migrations order by id desc limit 1',
    )) as [{ name: string; timestamp: string }];
    await change(
      `delete from eventfold.migrations where name = '${last.name}'`,
      `insert into eventfold.migrations (timestamp, name) values (${last.timestamp}, '${last.name}')`,
    );
    const found = await onlyFinding();
    expect(found).toMatchObject({ name: 'migrations', status: 'wrong', code: 1 });
    expect(found.finding).toContain(last.name);
  });
});

describe('the doctor, as a role that owns nothing,', () => {
  const as = () => ({ DATABASE_URL: urlOf('films', 'clerk') });

  beforeAll(async () => {
    await database.query(`create role clerk login password 'secret'`);
    await database.query('grant usage, create on schema eventfold to clerk');
    await database.query('grant select, insert, update, delete on all tables in schema eventfold to clerk');
    await database.query('revoke update, delete on eventfold.events from clerk');
  });
  afterAll(async () => {
    await database.query('drop owned by clerk; drop role clerk');
  });

  it('is content with the grants of docs/running.md', async () => {
    expect(notOk(await diagnose(as()))).toEqual([]);
  });

  it.each([
    ['usage on schema eventfold', 'grant usage on schema "eventfold" to "clerk";'],
    ['insert on eventfold.events', 'grant insert on "eventfold".events to "clerk";'],
    ['update, delete on eventfold.snapshots', 'grant update, delete on "eventfold".snapshots to "clerk";'],
    ['insert on eventfold.user_profiles', 'grant insert on "eventfold".user_profiles to "clerk";'],
  ])('names the grant of %s where it is missing', async (grant, cure) => {
    await change(`revoke ${grant} from clerk`, `grant ${grant} to clerk`);
    const found = notOk(await diagnose(as())).find(({ name }) => name === 'rights');
    expect(found).toMatchObject({ status: 'wrong', cure: `As the owner: ${cure}` });
    expect(
      notOk(await diagnose({ ...as(), PROJECTIONS: 'off' })).find(({ name }) => name === 'rights'),
    ).toMatchObject({ status: 'warn' });
  });

  it('names the functions that it may not execute', async () => {
    await change(
      'revoke execute on all functions in schema eventfold from public',
      'grant execute on all functions in schema eventfold to public',
    );
    const found = await onlyFinding(as());
    expect(found.cure).toMatch(/grant execute on function eventfold\.append_together\(.*\) to "clerk";/);
  });

  it('says that it cannot rebuild where it may create no table', async () => {
    await change('revoke create on schema eventfold from clerk', 'grant create on schema eventfold to clerk');
    expect(await onlyFinding(as())).toMatchObject({ name: 'rights for rebuilds', status: 'warn', code: 0 });
    expect(notOk(await diagnose({ ...as(), PROJECTIONS: 'off' }))).toEqual([]);
  });

  it('says that policies may hide events from it', async () => {
    await change(
      'alter table eventfold.events enable row level security',
      'alter table eventfold.events disable row level security',
    );
    const found = await onlyFinding(as());
    expect(found).toMatchObject({ name: 'row security', status: 'warn' });
    expect(found.cure).toContain('bypassrls');
    expect(notOk(await diagnose())).toEqual([]); // the owner sees all
  });

  it('counts the limit of a role on connections, and those of the server', async () => {
    await change('alter role clerk connection limit 8', 'alter role clerk connection limit -1');
    expect(await onlyFinding(as())).toMatchObject({
      name: 'max_connections',
      status: 'warn',
      value: '11 of 8',
    });
    const [{ max }] = (await database.query<{ max: number }>(
      `select current_setting('max_connections')::integer as max`,
    )) as [{ max: number }];
    expect(await onlyFinding({ DATABASE_POOL_SIZE: String(max) })).toMatchObject({ name: 'max_connections' });
  });

  it('ends where there is room for one connection alone', async () => {
    await change('alter role clerk connection limit 1', 'alter role clerk connection limit -1');
    const { code, checks } = await diagnose(as());
    expect(code).toBe(1);
    const found = checks.find(({ name }) => name === 'sessions');
    expect(found).toMatchObject({ status: 'wrong', value: 'no room' });
  });

  it('has nothing to say of tables that others have in the schema', async () => {
    await change(
      'create table eventfold.of_others () with (autovacuum_enabled = false)',
      'drop table eventfold.of_others',
    );
    expect(notOk(await diagnose(as()))).toEqual([]);
  });
});

describe('the doctor, beside the database,', () => {
  it('finds an encoding that cannot store every text', async () => {
    await database.query(`create database latin template template0 encoding 'LATIN1' locale 'C'`);
    undo.push('drop database latin');
    const environment = { DATABASE_URL: urlOf('latin') };
    const found = notOk(await diagnose(environment)).find(({ name }) => name === 'encoding');
    expect(found).toMatchObject({ status: 'wrong', value: 'LATIN1' });
    expect(found!.cure).toContain('encoding UTF8');
  });

  it('says why the database cannot be reached, without the password, and what needs no server', async () => {
    const url = new URL(urlOf('films', 'nobody'));
    const { code, ok, checks } = await diagnose({ DATABASE_URL: url.href });
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(checks[0]).toMatchObject({ name: 'reachable', status: 'wrong' });
    expect(checks[0]!.finding).toMatch(/database "films", user "nobody"\) cannot be used: .*/);
    expect(JSON.stringify(checks)).not.toContain('secret');
    expect(checks.map(({ name }) => name)).toContain('Node.js');
  });

  it('ends with 2 where a setting is wrong', async () => {
    const { code, err } = await eventfold({ DATABASE_URL: 'films' }, 'doctor');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('DATABASE_URL is set to') });
  });

  it('teaches by its help', async () => {
    const { code, out } = await eventfold({}, 'doctor', '--help');
    expect(code).toBe(0);
    for (const words of ['--json', 'warn ', 'wrong ', 'exit code 1', 'Examples:'])
      expect(out).toContain(words);
  });
});

(hasPooler() ? describe : describe.skip)('the doctor, by way of PgBouncer,', () => {
  const through = async (settings: Record<string, string | number>) => {
    const pooler = await Pooler.before(database.url, settings);
    try {
      return notOk(await diagnose({ DATABASE_URL: pooler.url }));
    } finally {
      await pooler.stop();
    }
  };

  it('tells transaction mode by its behaviour, and that prepared statements get lost', async () => {
    const found = await through({});
    expect(found.map(({ name, status }) => [name, status])).toEqual([
      ['sessions', 'warn'],
      ['prepared statements', 'warn'],
      ['notifications', 'warn'],
    ]);
  });

  it('is not held up where there is one session of the server for all', async () => {
    const found = await through({ default_pool_size: 1 });
    expect(found.map(({ name }) => name)).toEqual(['sessions', 'notifications']);
  });

  it('finds nothing in session mode', async () => {
    expect(await through({ pool_mode: 'session' })).toEqual([]);
  });

  it('says that statement mode does not work', async () => {
    const found = await through({ pool_mode: 'statement' });
    expect(found.find(({ name }) => name === 'sessions')).toMatchObject({ status: 'wrong' });
  });
});

describe('the start', () => {
  it('says each finding in a line of the log, and goes on', async () => {
    await change('alter database films set lock_timeout = 50', 'alter database films reset lock_timeout');
    await change(
      'alter database films set synchronous_commit = off',
      'alter database films reset synchronous_commit',
    );
    const warnings: string[] = [];
    const host = startTallyHost(database);
    Logger.overrideLogger({ log() {}, error() {}, warn: (message) => void warnings.push(String(message)) });
    await (await host).stop();
    expect(warnings).toEqual([
      expect.stringMatching(/^synchronous_commit is off: .* Turn synchronous_commit on/),
      expect.stringMatching(/^lock_timeout is 50 ms: .* Lift it: alter role /),
    ]);
  });

  it('is refused where a right is missing, with the grant', async () => {
    await database.query(
      `create role clerk login password 'secret'; grant usage on schema eventfold to clerk`,
    );
    undo.push('drop owned by clerk; drop role clerk');
    await database.query('grant select, insert, update, delete on all tables in schema eventfold to clerk');
    await database.query('revoke insert on eventfold.events from clerk');
    const host = { ...database, url: urlOf('films', 'clerk') };
    const refused = startTallyHost(host);
    await expect(refused).rejects.toMatchObject({
      code: 'unfit-environment',
      message: expect.stringContaining('grant insert on "eventfold".events to "clerk";'),
    });
  });
});

describe('on a replica', () => {
  beforeAll(async () => {
    await server.stop();
    await server.startAsReplica();
  });

  it('the doctor says so once, and the start of a process that folds is refused', async () => {
    const found = await onlyFinding();
    expect(found).toMatchObject({ name: 'primary', status: 'wrong', value: 'replica', code: 1 });
    await expect(startTallyHost(database)).rejects.toMatchObject({ code: 'unfit-environment' });
  });
});
