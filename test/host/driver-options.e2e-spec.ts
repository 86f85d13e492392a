/** Options of a data source that are for the driver: what works, and what is refused at the start. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { execFileSync } from 'node:child_process';
import { chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg, { Client, Pool, type PoolConfig } from 'pg';
import { migrationsFor } from '../../migrations/index.js';
import { LogListener } from '../../src/event-sourcing/for-service.js';
import { DomainEvent, EventSourcingModule, EventStore, Reaction } from '../../src/event-sourcing/index.js';
import { findServerUser } from '../../src/service/database/server-user.js';
import { eventually } from '../support/eventually.js';
import { startUsualHost } from '../support/hosts/usual-host.js';
import { PrivateServer } from '../support/servers/private-server.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

class Posted extends DomainEvent<'letter.posted', { box: string }> {
  static readonly type = 'letter.posted';
  readonly type = Posted.type;
}

/** Where nothing is folded, no connection listens. */
@Reaction({ name: 'forward' })
@EventsHandler(Posted)
class Forward implements IEventHandler<Posted> {
  handle(): void {}
}

const features = {
  imports: [EventSourcingModule.forFeature({ events: [Posted] })],
  providers: [Forward],
};

const running: INestApplicationContext[] = [];
afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
});

async function start(where: Pick<TestDatabase, 'url'>, connection: object, eventSourcing = {}) {
  const app = await startUsualHost(where, { connection, eventSourcing, ...features });
  running.push(app);
  return app;
}

describe('a driver', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  /** As `pg-native` is seen by its clients, for machines that have no library of PostgreSQL. */
  class NativeClient extends Client {
    readonly native = {};
  }
  const native = {
    ...pg,
    Pool: class extends Pool {
      constructor(options: PoolConfig) {
        super({ ...options, Client: NativeClient });
      }
    },
  };

  it.each<[string, object]>([
    ['driver', { driver: native }],
    ['nativeDriver', { driver: { ...pg, native }, nativeDriver: {} }],
  ])('that is native is refused when %s gives it', async (_option, connection) => {
    await expect(start(database, connection)).rejects.toThrow(
      'The data source uses pg-native, with which Eventfold does not work.',
    );
  });

  it.each<[string, () => object]>([
    ['extra', () => ({ extra: { query_timeout: 5_000 } })],
    ['the URL', () => ({ url: `${database.url}?query_timeout=5000` })],
  ])('that gives up a statement is refused when %s asks for it', async (_option, connection) => {
    await expect(start(database, connection())).rejects.toThrow(
      'query_timeout of the data source is 5000: it must not be set, since pg gives up waiting inside a ' +
        'transaction and lends the connection, with the transaction open, to the next statement, which is then ' +
        'never committed. Set extra.statement_timeout, by which the server ends the statement.',
    );
  });
});

const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' });
const hasOpenssl = (() => {
  try {
    return openssl('version').length > 0;
  } catch {
    return false;
  }
})();

(hasOpenssl ? describe : describe.skip)('TLS (skipped without the program openssl)', () => {
  let server: PrivateServer;
  let ca: string;
  beforeAll(async () => {
    server = await PrivateServer.start();
    ca = await speakTls(server);
  }, 120_000);
  afterAll(() => server.remove());

  it.each<[string, () => object]>([
    ['ssl, with the authority that has signed', () => ({ ssl: { ca } })],
    ['ssl, with any certificate', () => ({ ssl: { rejectUnauthorized: false } })],
    ['extra.ssl', () => ({ extra: { ssl: { ca } } })],
    ['the URL', () => ({ url: `${server.url}?sslmode=no-verify` })],
  ])('has each connection of an application that asks for it by %s', async (_option, options) => {
    const schema = 'letters'; // the user of the server has the name of the usual one
    const migrations = { migrations: migrationsFor(schema), migrationsRun: true };
    const app = await start(server, { ...migrations, ...options() }, { schema });
    await app.get(EventStore).appendToStream('letter-1', 'any', [new Posted({ box: 'one' })]);
    await eventually(async () => expect(app.get(LogListener).connected).toBe(true));
    const sessions = await server.query<{ name: string; ssl: boolean }>(
      `select distinct application_name as name, ssl from pg_stat_activity join pg_stat_ssl using (pid)
        where datname = current_database() and application_name not in ('test', 'eventfold instance') and backend_type = 'client backend' order by 1`,
    );
    expect(sessions).toEqual([
      { name: '', ssl: true },
      { name: 'eventfold listener', ssl: true },
    ]);
  });
});

/** @returns the certificate, which has signed itself */
async function speakTls(server: PrivateServer): Promise<string> {
  const [{ folder }] = (await server.query<{ folder: string }>(
    `select current_setting('data_directory') as folder`,
  )) as [{ folder: string }];
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...names);
  const owner = await findServerUser();
  if (owner) await chown(key, owner.uid, owner.gid);
  await server.query('alter system set ssl = on');
  await server.query('select pg_reload_conf()');
  await eventually(async () => expect(await server.query('show ssl')).toEqual([{ ssl: 'on' }]));
  return readFile(certificate, 'utf8');
}
