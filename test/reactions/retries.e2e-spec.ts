/** Reactions that retry a failed event without an operator. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { KEY_LIFE, type KeyState } from '../../src/event-sourcing/projection/turn/parked-key-life.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import {
  CONFIRM,
  Confirmed,
  type React,
  type ReactingHost,
  startReactingHost,
} from '../support/hosts/reacting-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let hosts: ReactingHost[];
/** The handled events as `order n`, in order. */
let handled: string[];
/** Orders whose events fail. */
let failing: Set<string>;

beforeEach(async () => {
  database = await createTestDatabase();
  await recordStates();
  hosts = [];
  handled = [];
  failing = new Set(['a']);
});
afterEach(async () => {
  for (const host of hosts) await host.stop();
  const unknown = await unknownTransitions();
  await database.drop();
  expect(unknown).toEqual([]);
});

const react: React = ({ data: { order, n } }) => {
  if (failing.has(order)) throw new Error('No answer', { cause: new Error(`the line to ${order} is cut`) });
  handled.push(`${order} ${n}`);
};
async function start(
  retry: { for: string; first?: string; longest?: string },
  { react: own = react, ...options }: Partial<Parameters<typeof startReactingHost>[1]> = {},
) {
  const host = await startReactingHost(database, {
    ...options,
    react: own,
    reaction: { ...options.reaction, retry: retry as never },
  });
  hosts.push(host);
  return host;
}
const soon = { for: '24h', first: '20ms', longest: '100ms' };
const late = { for: '24h', first: '1h' };
const parked = async (host: ReactingHost) => (await host.operations.parked(CONFIRM))[0];
const holds = ['transaction', 'lease'] as const;

describe.each(holds)('a reaction with retries that holds its %s', (held) => {
  const options = { reaction: { holds: held } };

  it('lets a failed key step aside at once, keeps each attempt, and handles its events in order at last', async () => {
    const host = await start(soon, options);
    await host.order('a', 1);
    await host.order('a', 2);
    await host.reacted(await host.order('b', 1));
    expect(handled).toEqual(['b 1']);
    await eventually(async () => expect((await parked(host))!.attempts).toBeGreaterThan(3));
    const key = (await parked(host))!;
    expect(key).toMatchObject({ key: 'order-a', waiting: 2, error: 'No answer: the line to a is cut' });
    expect(key.failures.length).toBeGreaterThanOrEqual(3);
    for (const { at, ms, error } of key.failures) {
      expect(Math.abs(Date.now() - at.getTime())).toBeLessThan(60_000);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(error).toBe('No answer: the line to a is cut');
    }
    expect(key.failures).toEqual(
      key.failures.toSorted((one, other) => one.at.getTime() - other.at.getTime()),
    );
    failing.clear();
    await eventually(async () => expect(await parked(host)).toBeUndefined());
    await host.reacted(await host.order('a', 3));
    expect(handled).toEqual(['b 1', 'a 1', 'a 2', 'a 3']);
  });

  it('lets a key whose append meets another version step aside as well', async () => {
    let calls = 0;
    const appending: React = async ({ data: { order, n } }, turn) => {
      if (order !== 'a') return void handled.push(`${order} ${n}`);
      calls += 1;
      return turn.appendToStream('stock', 5, [new Confirmed({ order, n })]);
    };
    const host = await start(late, { ...options, react: appending });
    await host.order('a', 1);
    await host.reacted(await host.order('b', 1));
    expect({ handled, calls }).toEqual({ handled: ['b 1'], calls: 1 });
  });

  it('makes the next attempt in another process, after a restart, by the clock of the database', async () => {
    const first = await start(late, options);
    await first.reacted(await first.order('a', 1));
    expect(await parked(first)).toMatchObject({ state: 'retrying', attempts: 1 });
    await first.stop();
    const { retryAt, retryUntil } = await scheduleOf();
    expect(retryAt).toBeGreaterThan(29 * 60_000);
    expect(retryAt).toBeLessThanOrEqual(60 * 60_000);
    expect(retryUntil).toBeGreaterThan(23 * 3_600_000);
    failing.clear();
    const second = await start(late, options);
    await second.reacted(await second.order('b', 1));
    expect(handled).toEqual(['b 1']);
    await database.query(`update eventfold.parked_keys set retry_at = clock_timestamp()`);
    await eventually(() => expect(handled).toEqual(['b 1', 'a 1']));
    await eventually(async () => expect(await parked(second)).toBeUndefined());
  });

  it('leaves the key parked when the time is over, and gives it a new time at a later event', async () => {
    const host = await start({ for: '1s', first: '20ms', longest: '50ms' }, options);
    await host.reacted(await host.order('a', 1));
    await eventually(async () =>
      expect(await parked(host)).toMatchObject({ state: 'parked', retryAt: null, waiting: 1 }),
    );
    const { attempts } = (await parked(host))!;
    await sleep(300);
    expect((await parked(host))!.attempts).toBe(attempts);
    failing.clear();
    expect(await host.operations.retry(CONFIRM, 'order-a')).toEqual({ key: 'order-a', folded: 1 });
  });

  it('leaves a key to an operator as well', async () => {
    const host = await start(late, options);
    await host.order('a', 1);
    await host.reacted(await host.order('a', 2));
    expect(await host.operations.retry(CONFIRM, 'order-a')).toMatchObject({ parked: { position: 1 } });
    expect(await parked(host)).toMatchObject({ state: 'retrying', attempts: 2, waiting: 2 });
    failing.clear();
    expect(await host.operations.skip(CONFIRM, 'order-a')).toEqual({ key: 'order-a', folded: 1 });
    expect(handled).toEqual(['a 2']);
  });
});

it("a key that is tried under a lease is nobody else's, and is taken over when the lease is over", async () => {
  const half = gate();
  let isSlow = false;
  const slow: React = async (event, turn) => {
    if (isSlow && event.data.order === 'a') await half.wait();
    return react(event, turn);
  };
  const first = await start(late, { react: slow, reaction: { lease: '1d' } });
  await first.reacted(await first.order('a', 1));
  failing.clear();
  isSlow = true;
  await database.query(`update eventfold.parked_keys set retry_at = clock_timestamp()`);
  await half.reached;
  expect(await parked(first)).toMatchObject({ state: 'trying' });
  await expect(first.operations.retry(CONFIRM, 'order-a')).rejects.toMatchObject({ code: 'projection.busy' });
  await expect(first.operations.skip(CONFIRM, 'order-a')).rejects.toMatchObject({ code: 'projection.busy' });
  await first.reacted(await first.order('b', 1)); // other keys go on
  expect(handled).toEqual(['b 1']);
  // As after a kill: the lease is over, and nobody has freed it.
  await database.query(`update eventfold.parked_keys set lease_until = clock_timestamp() - interval '1 s'`);
  const second = await start(late, { reaction: { lease: '1d' } });
  await eventually(() => expect(handled).toEqual(['b 1', 'a 1']));
  await eventually(async () => expect(await parked(second)).toBeUndefined());
  half.open();
  await eventually(() => expect(handled).toHaveLength(3)); // the first one was overtaken: at least once
  await first.reacted(await first.order('a', 2));
  expect(await parked(first)).toBeUndefined();
});

it('keys that are retried count when a reaction stops because of too many parked keys', async () => {
  failing = new Set(['a', 'b', 'c']);
  const host = await start(soon, { eventSourcing: { turns: { maxParkedKeys: 2 } } });
  for (const order of ['a', 'b', 'c', 'd']) await host.order(order, 1);
  await eventually(async () => expect((await host.operations.get(CONFIRM)).status).toBe('stopped'));
  expect(await host.operations.get(CONFIRM)).toMatchObject({ parkedKeys: 2, retryingKeys: 2 });
  failing.clear();
  await host.reacted(4);
  await eventually(() => expect(handled.toSorted()).toEqual(['a 1', 'b 1', 'c 1', 'd 1']));
  await eventually(async () => expect((await host.operations.get(CONFIRM)).status).toBe('running'));
});

it.each([
  [{ retry: { for: 'a day' } }, 'retry'],
  [{ retry: { for: '24h', pause: '1s' } }, 'retry'],
  [{ retry: { for: '24h', longest: '2d' } }, 'retry'],
  [{ retry: {} }, 'retry'],
  [{ lease: '5' }, 'lease'],
  [{ lease: '100ms' }, 'lease'],
  [{ holds: 'nothing' }, 'holds'],
  [{ holds: 'transaction', lease: '5m' }, 'lease'],
])('refuses %j at the start', async (reaction, option) => {
  const starting = startReactingHost(database, { react, reaction: reaction as never });
  await expect(starting).rejects.toMatchObject({ code: 'invalid-options' });
  await expect(starting).rejects.toThrow(
    new RegExp(`^@Reaction of Confirm: ${option} is .*: it must be [^\\n]*$`),
  );
});

/** Until the next attempt, and until the last one, in ms. */
async function scheduleOf() {
  const [row] = await database.query<{ retryAt: number; retryUntil: number }>(
    `select extract(epoch from retry_at - clock_timestamp())::float8 * 1000 as "retryAt",
            extract(epoch from retry_until - clock_timestamp())::float8 * 1000 as "retryUntil"
       from eventfold.parked_keys`,
  );
  return row!;
}

/** Notes each state of each parked key. */
async function recordStates(): Promise<void> {
  await database.query('create table eventfold.states (id serial, key text, state text)');
  await database.query(`
    create function eventfold.note_state() returns trigger language plpgsql as $$
    begin
      insert into eventfold.states (key, state)
      select (case when tg_op = 'DELETE' then old else new end).key,
             case when tg_op = 'DELETE' then 'free'
                  when new.lease_token is not null then 'trying'
                  when new.retry_at is not null then 'retrying' else 'parked' end;
      return null;
    end $$`);
  await database.query(`create trigger note_state after insert or update or delete on eventfold.parked_keys
    for each row execute function eventfold.note_state()`);
}

/** Changes of state that `KEY_LIFE` does not have. */
async function unknownTransitions(): Promise<string[]> {
  const rows = await database.query<{ before: KeyState; after: KeyState }>(
    `select coalesce(lag(state) over (partition by key order by id), 'free') as before, state as after
       from eventfold.states`,
  );
  return rows
    .filter(
      ({ before, after }) => before !== after && !Object.values(KEY_LIFE[before]).flat().includes(after),
    )
    .map(({ before, after }) => `${before} -> ${after}`);
}
