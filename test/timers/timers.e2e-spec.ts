/** Timers: what they are scheduled with, in which order they fire, and what an operator can do with them. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import {
  DomainEvent,
  InvalidAppendError,
  MessageContext,
  type StoredEvent,
  TimerEndedError,
  TimerNotFoundError,
  Timers,
} from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import {
  createTallies,
  startTallyHost,
  type TallyHost,
  type TallyHostOptions,
  Ticked,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let hosts: TallyHost[];

beforeEach(async () => {
  database = await createTestDatabase();
  await createTallies(database);
  hosts = [];
});
afterEach(async () => {
  for (const host of hosts) await host.stop();
  await database.drop();
});

async function start(options: TallyHostOptions = {}): Promise<TallyHost & { timers: Timers }> {
  const host = await startTallyHost(database, options);
  hosts.push(host);
  return { ...host, timers: host.app.get(Timers) };
}

/** A process that schedules and fires nothing. */
const startIdle = () => start({ projections: false });

const STREAM = { stream: 'tally-a' };
const tick = (tally = 'a') => new Ticked({ tally });

const log = async (host: TallyHost): Promise<StoredEvent[]> => host.store.readAll({ maxCount: 20_000 });
/** The log, once it has so many events. */
async function fired(host: TallyHost, count: number): Promise<StoredEvent[]> {
  await eventually(async () => expect(await host.store.head()).toBe(count));
  return log(host);
}

describe('a timer', () => {
  it('appends its event when it is due, with the id and the context of the call', async () => {
    const host = await start();
    const context = host.app.get(MessageContext);
    const message = { correlationId: 'order 1', causationId: 'the request', userId: 'ann' };
    const { id, dueAt, verdict } = await context.run(message, () =>
      host.timers.schedule({ in: '300ms' }, tick(), { ...STREAM, key: '1', name: 'payment-due' }),
    );
    expect(verdict).toBe('scheduled');
    expect(await host.timers.find(id)).toMatchObject({
      state: 'pending',
      dueAt,
      streamId: 'tally-a',
      type: 'tally.ticked',
      data: { tally: 'a' },
      key: '1',
      name: 'payment-due',
      process: null,
      failure: null,
    });
    const [event] = await fired(host, 1);
    expect(event).toMatchObject({ eventId: id, streamId: 'tally-a', version: 1, type: 'tally.ticked' });
    expect(event!.metadata).toEqual({ ...message, schemaVersion: 1, dueAt: dueAt.toISOString() });
    expect(event!.timestamp.getTime()).toBeGreaterThanOrEqual(dueAt.getTime());
    expect(await host.timers.find(id)).toMatchObject({ state: 'fired', dueAt, position: 1 });
    expect((await host.timers.list()).timers).toEqual([]);
  });

  it('of a time that has passed fires at once, and one of an instant to come waits', async () => {
    const host = await start();
    await host.timers.schedule(new Date(0), tick(), STREAM);
    const later = await host.timers.schedule(new Date(Date.now() + 3_600_000), tick('b'), STREAM);
    await fired(host, 1);
    expect(await host.timers.find(later.id)).toMatchObject({ state: 'pending' });
  });

  it('is scheduled once by its id: before it fires, after it has fired, and after it is cancelled', async () => {
    const idle = await startIdle();
    const options = { ...STREAM, id: randomUUID() };
    const first = await idle.timers.schedule({ in: '1h' }, tick(), options);
    expect(await idle.timers.schedule({ in: '2h' }, tick('b'), options)).toEqual({
      ...first,
      verdict: 'duplicate',
    });
    await idle.timers.cancel(options.id);
    expect((await idle.timers.schedule({ in: 0 }, tick(), options)).verdict).toBe('duplicate');

    const other = { ...STREAM, id: randomUUID() };
    const host = await start();
    const { dueAt } = await host.timers.schedule({ in: 0 }, tick(), other);
    await fired(host, 1);
    expect(await host.timers.schedule({ in: 0 }, tick(), other)).toEqual({
      id: other.id,
      dueAt,
      verdict: 'duplicate',
    });
    await sleep(300);
    expect(await log(host)).toHaveLength(1);
  });

  it('has the id of its event, if the event has one', async () => {
    const { timers } = await startIdle();
    const eventId = randomUUID();
    expect((await timers.schedule({ in: '1h' }, new Ticked({ tally: 'a' }, eventId), STREAM)).id).toBe(
      eventId,
    );
  });

  it('is refused when its event could not be stored, or has no registered class', async () => {
    class Unknown extends DomainEvent<'tally.unknown'> {
      static readonly type = 'tally.unknown';
      readonly type = Unknown.type;
    }
    const { timers } = await startIdle();
    await expect(timers.schedule({ in: 0 }, new Unknown({}), STREAM)).rejects.toThrow(
      'event is of the type "tally.unknown": it must be one with a registered class',
    );
    await expect(timers.schedule({ in: 0 }, tick('\0'), STREAM)).rejects.toThrow(InvalidAppendError);
    await expect(timers.schedule({ in: 'soon' }, tick(), STREAM)).rejects.toThrow('Timers.schedule: at is');
  });

  it('is scheduled by the transaction of the caller, or not at all', async () => {
    const host = await start();
    const dataSource = host.app.get(DataSource);
    const [kept, undone] = [randomUUID(), randomUUID()];
    const schedule = (id: string, fails: boolean) =>
      dataSource.transaction(async (manager) => {
        await host.timers.schedule({ in: 0 }, tick(), { ...STREAM, id, manager });
        if (fails) throw new Error('undone');
      });
    await expect(schedule(undone, true)).rejects.toThrow('undone');
    await schedule(kept, false);
    expect((await fired(host, 1))[0]!.eventId).toBe(kept);
    expect(await host.timers.find(undone)).toBeUndefined();
  });

  it('is scheduled by the running transaction, where the host tells it', async () => {
    let current: DataSource['manager'] | undefined;
    const host = await start({ projections: false, currentTransaction: () => current });
    const id = randomUUID();
    const undone = host.app.get(DataSource).transaction(async (manager) => {
      current = manager;
      await host.timers.schedule({ in: '1h' }, tick(), { ...STREAM, id });
      expect(await host.timers.find(id)).toMatchObject({ state: 'pending' });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    current = undefined;
    expect(await host.timers.find(id)).toBeUndefined();
  });
});

describe('timers fire in the order of being due', () => {
  it('whatever the order in which they were scheduled, also when they were due while no process ran', async () => {
    const idle = await startIdle();
    const due = (index: number) => new Date(Date.UTC(2_020, 0, 1) + ((index * 37) % 50) * 1_000);
    for (let index = 0; index < 50; index++)
      await idle.timers.schedule(due(index), new Ticked({ tally: String((index * 37) % 50) }), STREAM);
    const events = await fired(await start(), 50);
    expect(events.map(({ data }) => Number((data as { tally: string }).tally))).toEqual(
      Array.from({ length: 50 }, (_, index) => index),
    );
    expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
  });

  it('10,000 that are overdue', async () => {
    await insertDue(10_000);
    const events = await fired(await start(), 10_000);
    expect(events.map(({ data }) => Number((data as { tally: string }).tally))).toEqual(
      Array.from({ length: 10_000 }, (_, index) => index),
    );
  }, 60_000);

  it('no faster than the bound, in all processes together', async () => {
    await insertDue(120);
    const bound = { timers: { maxPerSecond: 50 } };
    const [host] = await Promise.all([start(bound), start(bound), start(bound)]);
    const events = await fired(host, 120);
    const seconds = (events.at(-1)!.timestamp.getTime() - events[0]!.timestamp.getTime()) / 1_000;
    expect(seconds).toBeGreaterThan((120 - 2 * 5) / 50 - 0.1);
  }, 30_000);
});

/** Timers of one stream, due a millisecond apart, long ago. */
const insertDue = (count: number) =>
  database.query(
    `insert into eventfold.timers (id, due_at, stream_id, event_type, event_data, metadata)
     select gen_random_uuid(), timestamptz '2020-01-01' + n * interval '1 ms', 'tally-a', 'tally.ticked',
            jsonb_build_object('tally', n::text), '{"correlationId": "c", "causationId": "c", "schemaVersion": 1}'
       from generate_series(0, $1::integer - 1) n order by random()`,
    [count],
  );

describe('a timer that is moved or cancelled', () => {
  it('fires at the new time, or never', async () => {
    const host = await start();
    const moved = await host.timers.schedule({ in: '1h' }, tick('moved'), STREAM);
    const cancelled = await host.timers.schedule({ in: '400ms' }, tick('cancelled'), STREAM);
    expect(await host.timers.cancel(cancelled.id)).toMatchObject({ state: 'cancelled' });
    expect(await host.timers.move(moved.id, { in: 0 })).toMatchObject({ id: moved.id, state: 'pending' });
    await fired(host, 1);
    await sleep(600);
    expect((await log(host)).map(({ data }) => data)).toEqual([{ tally: 'moved' }]);
  });

  it('is refused once it has fired or is cancelled, and when there is none', async () => {
    const host = await start();
    const { id } = await host.timers.schedule({ in: 0 }, tick(), STREAM);
    await fired(host, 1);
    await expect(host.timers.cancel(id)).rejects.toThrow(new TimerEndedError(id, 'fired'));
    await expect(host.timers.move(id, { in: 0 })).rejects.toThrow(new TimerEndedError(id, 'fired'));
    const other = await host.timers.schedule({ in: '1h' }, tick(), STREAM);
    await host.timers.cancel(other.id);
    await expect(host.timers.move(other.id, { in: 0 })).rejects.toThrow(
      new TimerEndedError(other.id, 'cancelled'),
    );
    const none = randomUUID();
    await expect(host.timers.cancel(none)).rejects.toThrow(new TimerNotFoundError(none));
  });

  it('while it is due: the transaction that changes it decides, and the others do not wait for it', async () => {
    const idle = await startIdle();
    const dataSource = idle.app.get(DataSource);
    const first = await idle.timers.schedule(new Date(0), tick('first'), STREAM);
    await idle.timers.schedule(new Date(1), tick('second'), STREAM);
    const open = dataSource.createQueryRunner();
    await open.startTransaction();
    await idle.timers.cancel(first.id, { manager: open.manager });
    const host = await start();
    expect((await fired(host, 1))[0]!.data).toEqual({ tally: 'second' });
    await open.rollbackTransaction();
    await open.release();
    expect((await fired(host, 2))[1]!.data).toEqual({ tally: 'first' });
  });

  it('by a transaction that has appended: it does not wait for the worker, which waits for it', async () => {
    const host = await start();
    const dataSource = host.app.get(DataSource);
    const { id } = await host.timers.schedule({ in: '200ms' }, tick('timer'), STREAM);
    await dataSource.transaction(async (manager) => {
      await host.store.appendToStream('tally-b', 'any', [tick('append')], { manager });
      await sleep(400); // the timer is due, and its worker wants the log
      const since = performance.now();
      await host.timers.cancel(id, { manager });
      // If each waited for the other, PostgreSQL would end one of them 1 s after it began to wait.
      expect(performance.now() - since).toBeLessThan(600);
    });
    await sleep(300);
    expect((await log(host)).map(({ data }) => data)).toEqual([{ tally: 'append' }]);
  });

  it('is forgotten when it has been cancelled for as long as idempotency keys are kept', async () => {
    const idle = await startIdle();
    const [old, recent] = await Promise.all(
      [1, 2].map(() => idle.timers.schedule({ in: '1h' }, tick(), STREAM)),
    );
    for (const { id } of [old!, recent!]) await idle.timers.cancel(id);
    await database.query(
      `update eventfold.timers set changed_at = changed_at - interval '25 h' where id = $1`,
      [old!.id],
    );
    await start();
    await eventually(async () => expect(await idle.timers.find(old!.id)).toBeUndefined());
    expect(await idle.timers.find(recent!.id)).toMatchObject({ state: 'cancelled' });
  });
});

describe('a timer whose event cannot be appended', () => {
  /** Too long for an index of the log. */
  const stream = Array.from({ length: 200 }, () => randomUUID()).join('');

  it('is set aside alone, with its error, and fires once it is mended and moved', async () => {
    const idle = await startIdle();
    await insertDue(20);
    const bad = await idle.timers.schedule(new Date(Date.UTC(2_020, 0, 1) + 10.5), tick('bad'), { stream });
    const host = await start();
    await fired(host, 20);
    await eventually(async () =>
      expect(await idle.timers.find(bad.id)).toMatchObject({
        state: 'failed',
        failure: expect.stringContaining('too large for PostgreSQL'),
      }),
    );
    expect((await idle.timers.list({ state: 'failed' })).timers.map(({ id }) => id)).toEqual([bad.id]);
    await database.query(`update eventfold.timers set stream_id = 'tally-a'`);
    expect(await host.timers.move(bad.id, { in: 0 })).toMatchObject({ state: 'pending', failure: null });
    expect((await fired(host, 21)).at(-1)!.eventId).toBe(bad.id);
  });
});

describe('the list of timers', () => {
  it('is in the order of being due, page by page, by state, name and key', async () => {
    const { timers } = await startIdle();
    const at = (minutes: number) => new Date(Date.UTC(2_100, 0, 1, 0, minutes));
    const ids: string[] = [];
    for (const minutes of [3, 1, 2, 1, 5]) {
      const options = { ...STREAM, key: String(minutes), name: minutes === 1 ? 'one' : 'other' };
      ids[minutes] = (await timers.schedule(at(minutes), tick(), options)).id;
    }
    const walk = async (limit: number) => {
      const all: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await timers.list({ limit, cursor });
        all.push(...page.timers.map(({ key }) => key!));
        cursor = page.nextCursor;
      }
      return all;
    };
    expect(await walk(2)).toEqual(['1', '1', '2', '3', '5']);
    await timers.cancel(ids[2]!);
    expect(await walk(1)).toEqual(['1', '1', '2', '3', '5']);
    expect((await timers.list({ state: 'pending', name: 'other' })).timers.map(({ key }) => key)).toEqual([
      '3',
      '5',
    ]);
    expect((await timers.list({ state: 'cancelled' })).timers.map(({ key }) => key)).toEqual(['2']);
    expect((await timers.list({ key: '5' })).timers).toHaveLength(1);
    await expect(timers.list({ cursor: 'nonsense' })).rejects.toThrow('page.cursor');
  });
});

it('nothing fires in a process with projections off', async () => {
  const idle = await startIdle();
  const { id } = await idle.timers.schedule({ in: 0 }, tick(), STREAM);
  await sleep(300);
  expect(await idle.timers.find(id)).toMatchObject({ state: 'pending' });
});
