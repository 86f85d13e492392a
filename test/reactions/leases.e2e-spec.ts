/** Reactions that work under a lease: no transaction, no connection, and no event twice where nothing fails. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { TurnError } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import {
  CONFIRM,
  Confirmed,
  type React,
  type ReactingHost,
  startReactingHost,
} from '../support/hosts/reacting-host.js';
import { PATIENCE_MS } from '../support/patience.js';
import { scaled } from '../support/scale.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** How long a slow handler works. The server ends a transaction that is idle for two seconds. */
const SLOW_MS = scaled(3_000, 30_000);

let database: TestDatabase;
let hosts: ReactingHost[];
/** The handled events as `order n`, in order. */
let handled: string[];

beforeEach(async () => {
  database = await createTestDatabase();
  hosts = [];
  handled = [];
});
afterEach(async () => {
  for (const host of hosts) await host.stop();
  await database.drop();
});

async function start(react: React, options: Omit<Parameters<typeof startReactingHost>[1], 'react'> = {}) {
  const host = await startReactingHost(database, { ...options, react });
  hosts.push(host);
  return host;
}
const note: React = ({ data }) => void handled.push(`${data.order} ${data.n}`);

/** Sessions with an open transaction that is older than a statement of a turn takes. */
const openTransactions = async () =>
  (
    await database.query<{ state: string }>(
      `select state from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
          and (state like 'idle in transaction%' and state_change < clock_timestamp() - interval '500 ms')`,
    )
  ).length;

const leaseOf = async () =>
  (
    await database.query<{ lease_token: string | null }>(
      `select lease_token from eventfold.projection_checkpoints where projection = '${CONFIRM}'`,
    )
  )[0]!.lease_token;

/** What a process that stood still for too long finds: its lease is over, and it has not noticed. */
const endLease = () =>
  database.query(`update eventfold.projection_checkpoints set lease_until = clock_timestamp() - interval '1 s'
                   where projection = '${CONFIRM}'`);

describe('a reaction whose handler works long', () => {
  const slow: React = async (event, turn) => {
    note(event, turn);
    await sleep(SLOW_MS);
  };

  it('is called once for each event, and holds no transaction and no connection meanwhile', async () => {
    await database.query(
      `alter database ${new URL(database.url).pathname.slice(1)} set idle_in_transaction_session_timeout = '2s'`,
    );
    const host = await start(slow, { reaction: { lease: '1s' } });
    await host.order('a', 1);
    const last = await host.order('a', 2);
    const seen: number[] = [];
    const done = host.reacted(last, PATIENCE_MS).then(() => true);
    await eventually(() => expect(handled).toHaveLength(1));
    do seen.push(await openTransactions());
    while (!(await Promise.race([sleep(200, false), done])));
    expect(handled).toEqual(['a 1', 'a 2']);
    expect(seen.length).toBeGreaterThan(5);
    expect(Math.max(...seen)).toBe(0);
  });

  it('holds a transaction when it declares so', async () => {
    const half = gate();
    const host = await start(() => half.wait(), { reaction: { holds: 'transaction' } });
    const last = await host.order('a');
    await half.reached;
    await eventually(async () => expect(await openTransactions()).toBe(1));
    half.open();
    await host.reacted(last);
  });

  it('is waited for by a stop, which frees the lease: the next process goes on at once', async () => {
    const half = gate();
    const host = await start((event, turn) => half.wait().then(() => note(event, turn)), {
      reaction: { lease: '1d' },
    });
    await host.order('a', 1);
    const last = await host.order('a', 2);
    await half.reached;
    expect(await leaseOf()).not.toBeNull();
    const stopped = host.stop();
    half.open();
    await stopped;
    expect(await leaseOf()).toBeNull();
    const next = await start(note, { reaction: { lease: '1d' } });
    await next.reacted(last);
    expect(handled).toEqual(['a 1', 'a 2']);
  });

  it('is not called by a second process while the lease holds', async () => {
    const half = gate();
    const first = await start((event, turn) => half.wait().then(() => note(event, turn)), {
      reaction: { lease: '1s' },
    });
    const last = await first.order('a');
    await half.reached;
    await start((event, turn) => note(event, turn), { reaction: { lease: '1s' } });
    await sleep(2_500); // the lease would be over twice
    expect(handled).toEqual([]);
    half.open();
    await first.reacted(last);
    expect(handled).toEqual(['a 1']);
  });

  it('commits nothing once another process has taken the event over', async () => {
    const half = gate();
    const confirm =
      (n: number): React =>
      ({ data }, turn) =>
        turn.appendToStream('confirmations', 'any', [new Confirmed({ order: data.order, n })]);
    let isSlow = true;
    const first = await start(
      async (event, turn) => {
        if (isSlow) await half.wait();
        await confirm(1)(event, turn);
      },
      { reaction: { lease: '1d' } },
    );
    const last = await first.order('a');
    await half.reached;
    await endLease();
    const second = await start(confirm(2), { reaction: { lease: '1d' } });
    await second.reacted(last);
    isSlow = false;
    half.open();
    await first.reacted(await first.order('b'));
    const confirmations = await first.store.readStream('confirmations');
    expect(confirmations.filter(({ data }) => (data as { order: string }).order === 'a')).toMatchObject([
      { data: { n: 2 } },
    ]);
    expect(confirmations).toHaveLength(2);
  });

  it('has no transaction before it asks for one, and then writes in the one that moves the checkpoint', async () => {
    await database.query('create table eventfold.notes (n integer)');
    const errors: unknown[] = [];
    const host = await start(async ({ data: { n } }, turn) => {
      try {
        void turn.manager;
      } catch (error) {
        errors.push(error);
      }
      const manager = await turn.transaction();
      await manager.query('insert into eventfold.notes values ($1)', [n]);
      if (errors.length === 1) throw new Error('once');
    });
    await host.reacted(await host.order('a', 7));
    expect(errors).toHaveLength(2);
    expect(errors[0]).toBeInstanceOf(TurnError);
    expect(await database.query('select n from eventfold.notes')).toEqual([{ n: 7 }]);
  });

  it('ends its work when the database was away meanwhile, and handles nothing twice', async () => {
    const half = gate();
    const host = await start(async (event, turn) => {
      note(event, turn);
      if (event.data.n === 1) await half.wait();
    });
    await host.order('a', 1);
    const last = await host.order('a', 2);
    await half.reached;
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    );
    half.open();
    await eventually(() => host.reacted(last));
    expect(handled).toEqual(['a 1', 'a 2']);
  });
});
