import { expect } from '@jest/globals';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { Client, Pool, type PoolClient } from 'pg';
import {
  cutConnection,
  keepProcess,
  letProcessEnd,
} from '../../../src/event-sourcing/postgres/client-socket.js';
import { guardConnections } from '../../../src/event-sourcing/postgres/connection-guard.js';
import { clientBeside } from '../../../src/event-sourcing/postgres/pool.js';
import { clientWithQueryTimeout } from '../../../src/event-sourcing/postgres/query-timeout.js';
import { isTransient } from '../../../src/event-sourcing/postgres/transient-failure.js';
import { isNative } from '../../../src/event-sourcing/postgres/pool-requirements.js';
import type { Part } from './part.js';

const IN = 'event-sourcing/postgres';
const require = createRequire(import.meta.url);

export const PG_PARTS: readonly Part[] = [
  {
    library: 'pg',
    usedIn: `${IN}/client-socket.ts`,
    term: 'connection.stream.destroy',
    says: '`Client.connection.stream` is the socket, and the end of the client follows when it is destroyed.',
    holds: onClient(async (client) => {
      const ended = new Promise((resolve) => client.once('end', resolve));
      cutConnection(client);
      await ended;
    }),
  },
  {
    library: 'pg',
    usedIn: `${IN}/client-socket.ts`,
    term: 'unref()',
    says: '`Client.unref` lets the process end while the connection is open, and `ref` takes that back.',
    holds: onClient(async (client) => {
      const before = keptSockets();
      letProcessEnd(client);
      expect(keptSockets()).toBe(before - 1);
      keepProcess(client);
      expect(keptSockets()).toBe(before);
    }),
  },
  {
    library: 'pg',
    usedIn: `${IN}/query-timeout.ts`,
    term: 'getTransactionStatus',
    says: '`Client.getTransactionStatus` is "T" within a transaction, and not outside of one.',
    holds: onClient(async (client) => {
      expect(client.getTransactionStatus()).toBe('I');
      await client.query('begin');
      expect(client.getTransactionStatus()).toBe('T');
    }),
  },
  {
    library: 'pg',
    usedIn: `${IN}/query-timeout.ts`,
    term: 'processID, secretKey',
    says: '`Client.processID` and `secretKey` are those by which the server cancels the statement of the client.',
    holds: async (url) => {
      const client = new (clientWithQueryTimeout(200) as typeof Client)(url);
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      expect((client as unknown as { processID: number }).processID).toBe(rows[0]!.pid);
      const sleeping = client.query('select pg_sleep(20)');
      await expect(sleeping).rejects.toMatchObject({ code: '57014' });
      await client.end();
    },
  },
  {
    library: 'pg',
    usedIn: `${IN}/transaction-ends.ts`,
    term: 'commandComplete',
    says: '`Client.connection` emits `commandComplete` with the command as the server names it, in `text`.',
    holds: onClient(async (client) => {
      const heard: string[] = [];
      client.connection.on('commandComplete', ({ text }: { text: string }) => heard.push(text));
      await client.query('begin');
      await client.query('select 1 / 0').catch(() => undefined);
      await client.query('commit');
      expect(heard).toEqual(['BEGIN', 'ROLLBACK']);
    }),
  },
  {
    library: 'pg',
    usedIn: `${IN}/prepared-queries.ts`,
    term: 'name: this.nameOf(text)',
    says: 'a query with a `name` is prepared once a connection, at the server under that name.',
    holds: onClient(async (client) => {
      for (let call = 0; call < 2; call++) await client.query({ name: 'eventfold_part', text: 'select 1' });
      const { rows } = await client.query('select name from pg_prepared_statements');
      expect(rows).toEqual([{ name: 'eventfold_part' }]);
    }),
  },
  {
    library: 'pg',
    usedIn: `${IN}/pool-requirements.ts`,
    term: "'native' in client",
    says: 'a client of `pg-native` has a member `native`, and one of `pg` itself has none.',
    holds: onClient(async (client) => {
      expect(isNative(client)).toBe(false);
      const source = readFileSync(require.resolve('pg').replace(/index\.js$/, 'native/client.js'), 'utf8');
      expect(source).toMatch(/\bself\.native = |\bthis\.native = /);
    }),
  },
  {
    library: 'pg',
    usedIn: `${IN}/transient-failure.ts`,
    term: "'Connection terminated'",
    says: 'a statement whose connection is lost fails with a message that begins with "Connection terminated".',
    holds: onClient(async (client) => {
      const lost = client.query('select pg_sleep(20)').catch((error: unknown) => error);
      cutConnection(client);
      await expectTransient(lost, /^Connection terminated/);
    }),
  },
  {
    library: 'pg',
    usedIn: `${IN}/transient-failure.ts`,
    term: "'Client was closed'",
    says: 'a statement on a client that has ended fails with "Client was closed".',
    holds: async (url) => {
      const client = new Client(url);
      await client.connect();
      await client.end();
      await expectTransient(
        client.query('select 1').catch((error: unknown) => error),
        /^Client was closed/,
      );
    },
  },
  {
    library: 'pg',
    usedIn: `${IN}/transient-failure.ts`,
    term: "'Query read timeout'",
    says: 'a statement that takes longer than `query_timeout` fails with "Query read timeout".',
    holds: async (url) => {
      const client = new Client({ connectionString: url, query_timeout: 100 });
      client.on('error', () => undefined);
      await client.connect();
      const late = client.query('select pg_sleep(20)').catch((error: unknown) => error);
      await expectTransient(late, /^Query read timeout/);
      cutConnection(client);
    },
  },
  {
    library: 'pg-pool',
    usedIn: `${IN}/transient-failure.ts`,
    term: "'Cannot use a pool after calling end'",
    says: 'a pool that has ended refuses with "Cannot use a pool after calling end".',
    holds: async (url) => {
      const pool = new Pool({ connectionString: url });
      await pool.end();
      await expectTransient(
        pool.connect().catch((error: unknown) => error),
        /^Cannot use a pool after calling end/,
      );
    },
  },
  {
    library: 'pg-pool',
    usedIn: `${IN}/transient-failure.ts`,
    term: "'timeout exceeded when trying to connect'",
    says: 'a pool without a free connection refuses with "timeout exceeded when trying to connect".',
    holds: onPool({ max: 1 }, async (pool) => {
      const taken = await pool.connect();
      pool.options.connectionTimeoutMillis = 100; // not for the first connection, which may take its time
      const refused = await pool.connect().catch((error: unknown) => error);
      taken.release();
      await expectTransient(refused, /^timeout exceeded when trying to connect/);
    }),
  },
  {
    library: 'pg-pool',
    usedIn: `${IN}/pool.ts`,
    term: 'Client: ClientOfPool',
    says: '`Pool.Client` is the class, and `Pool.options` what it makes its clients of, the hidden password included.',
    holds: async (url) => {
      const { username: user, password, hostname: host, port, pathname } = new URL(url);
      const database = pathname.slice(1);
      const pool = new Pool({
        user,
        password: decodeURIComponent(password),
        host,
        port: Number(port),
        database,
      });
      expect(Object.keys(pool.options)).not.toContain('password');
      const client = clientBeside(pool, { application_name: 'beside' });
      await client.connect();
      const { rows } = await client.query(`select current_setting('application_name') as name`);
      expect(rows).toEqual([{ name: 'beside' }]);
      await client.end();
      await pool.end();
    },
  },
  {
    library: 'pg-pool',
    usedIn: `${IN}/connection-wait.ts`,
    term: 'options.max',
    says: '`Pool.options.max` is the size of the pool, 10 without an option.',
    holds: () => {
      expect(new Pool().options.max).toBe(10);
      expect(new Pool({ max: 3 }).options.max).toBe(3);
    },
  },
  {
    library: 'pg-pool',
    usedIn: `${IN}/connection-guard.ts`,
    term: "'acquire'",
    says: 'a pool emits `acquire` with the client at each loan, before the borrower has it.',
    holds: onPool({ max: 1 }, async (pool) => {
      const lent: PoolClient[] = [];
      pool.on('acquire', (client) => lent.push(client));
      guardConnections(pool);
      for (let loan = 1; loan <= 2; loan++) {
        const client = await pool.connect();
        expect(lent).toHaveLength(loan);
        expect(lent.at(-1)).toBe(client);
        expect(client.listenerCount('error')).toBeGreaterThan(0);
        client.release();
      }
    }),
  },
];

function onClient(work: (client: Client) => Promise<void>): Part['holds'] {
  return async (url) => {
    const client = new Client(url);
    client.on('error', () => undefined);
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  };
}

function onPool(options: object, work: (pool: Pool) => Promise<void>): Part['holds'] {
  return async (url) => {
    const pool = new Pool({ connectionString: url, ...options });
    try {
      await work(pool);
    } finally {
      await pool.end();
    }
  };
}

async function expectTransient(failing: unknown, message: RegExp): Promise<void> {
  const error = (await failing) as Error;
  expect(error.message).toMatch(message);
  expect(isTransient(error)).toBe(true);
}

/** Sockets that keep the process alive. */
const keptSockets = () =>
  process.getActiveResourcesInfo().filter((each) => /^(TCPSocket|Pipe)Wrap$/.test(each)).length;
