import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import {
  MessageContext,
  type Operation,
  OperationsLog,
  type Recorded,
} from '../../src/event-sourcing/index.js';
import { DROP } from '../../src/operations/projection-acts.js';
import { eventually } from '../support/eventually.js';
import {
  createTallies,
  MAIL,
  startTallyHost,
  type TallyHost,
  type TallyHostOptions,
  type Ticked,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const QUICK = { retryDelayMs: 1, pollIntervalMs: 50 };

describe('the log of operations', () => {
  let database: TestDatabase;
  let hosts: TallyHost[];
  let isMended: boolean;

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    [hosts, isMended] = [[], false];
  });
  afterEach(async () => {
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const start = async (options: TallyHostOptions = {}) => {
    const host = await startTallyHost(database, { turns: QUICK, ...options });
    hosts.push(host);
    return host;
  };
  /** Cannot fold the second event of a key, and what follows it, until that is mended. */
  const onEvent = ({ data, version }: Recorded<Ticked>) => {
    if (data.tally.startsWith('poison') && version >= 2 && !isMended) throw new Error('cannot fold this');
  };
  const withParked = async (...keys: string[]) => {
    const host = await start({ onEvent });
    for (const key of keys) await host.folded(await host.tick(key, 3));
    return host;
  };
  /** Without id and time, the oldest first. */
  const logged = async ({ app }: TallyHost): Promise<Omit<Operation, 'id' | 'at'>[]> =>
    (await app.get(OperationsLog).list()).toReversed().map(({ id: _id, at: _at, ...operation }) => operation);
  const by = <Result>({ app }: TallyHost, userId: string, work: () => Result): Result =>
    app.get(MessageContext).run({ correlationId: 'a', causationId: 'b', userId }, work);
  const entry = (act: string, parameters: object, outcome = 'done', detail: unknown = null) => ({
    actor: null,
    act,
    parameters: { projection: 'tally', ...parameters },
    outcome,
    detail,
  });
  const until = (host: TallyHost, state: string | null) =>
    eventually(async () => expect((await host.operations.get('tally')).rebuild?.state ?? null).toBe(state));

  it('has each act on a projection, with its parameters and the actor of the running message', async () => {
    const host = await start();
    const { operations } = host;
    await host.folded(await host.tick('a'));
    await by(host, 'ann', () => operations.pause('tally'));
    await operations.resume('tally');
    await by(host, 'ann', () => operations.rebuild('tally', { hold: true }));
    await until(host, 'held');
    await by(host, 'bob', () => operations.release('tally'));
    await until(host, null);
    await operations.rebuild('tally', { hold: true });
    await until(host, 'held');
    await operations.cancelRebuild('tally');
    expect(await logged(host)).toEqual([
      { ...entry('pause', {}), actor: 'ann' },
      entry('resume', {}),
      { ...entry('rebuild', { hold: true }), actor: 'ann' },
      { ...entry('release', {}), actor: 'bob' },
      entry('rebuild', { hold: true }),
      entry('cancel', {}),
    ]);
  });

  it('has each act on a parked key, and why it is still parked or was skipped', async () => {
    const host = await withParked('poison');
    const { operations } = host;
    await operations.retry('tally', 'poison');
    await by(host, 'ann', () => operations.skip('tally', 'poison', { reason: 'imported twice' }));
    isMended = true;
    await operations.retry('tally', 'poison');
    expect(await logged(host)).toEqual([
      entry('retry', { key: 'poison' }, 'failed', 'Still parked at position 2: cannot fold this'),
      {
        ...entry(
          'skip',
          { key: 'poison', reason: 'imported twice' },
          'done',
          'Skipped the event at position 2',
        ),
        actor: 'ann',
      },
      entry('retry', { key: 'poison' }),
    ]);
  });

  it('has a retry of all keys once, and how many are still parked', async () => {
    const host = await withParked('poison-a', 'poison-b', 'poison-c');
    const retryAll = async () => {
      const outcomes = host.operations.retryAll('tally');
      while (!(await outcomes.next()).done);
    };
    await retryAll();
    isMended = true;
    await retryAll();
    await retryAll();
    expect(await logged(host)).toEqual([
      entry('retry-all', {}),
      entry('retry-all', {}, 'failed', 'Still parked: 3 of 3 keys'),
      entry('retry-all', {}),
      entry('retry-all', {}, 'done', 'No key is parked'),
    ]);
  });

  it('has an act that is refused, with the reason', async () => {
    const host = await start({ onReaction: () => undefined });
    const { operations } = host;
    const refused: [string, Record<string, unknown>, () => Promise<unknown>][] = [
      ['pause', { projection: 'unknown' }, () => operations.pause('unknown')],
      ['resume', {}, () => operations.resume('tally')],
      ['rebuild', { projection: MAIL, hold: false }, () => operations.rebuild(MAIL)],
      ['release', {}, () => operations.release('tally')],
      ['cancel', {}, () => operations.cancelRebuild('tally')],
      ['drop', {}, () => operations.drop('tally')],
      ['drop', { projection: 'unknown' }, () => DROP.perform(operations, { name: 'unknown' })],
      ['retry', { key: 'a' }, () => operations.retry('tally', 'a')],
      ['skip', { key: 'a' }, () => operations.skip('tally', 'a')],
      ['retry-all', { projection: 'unknown' }, () => operations.retryAll('unknown').next()],
    ];
    const reasons: string[] = [];
    for (const [, , act] of refused) {
      await act().catch(({ message }: Error) => reasons.push(message));
    }
    expect(reasons).toHaveLength(refused.length);
    expect(await logged(host)).toEqual(
      refused.map(([act, parameters], index) => entry(act, parameters, 'refused', reasons[index])),
    );
  });

  it('has an act that fails, with the reason', async () => {
    const host = await withParked('poison');
    const other = new Client({ connectionString: database.url });
    await other.connect();
    try {
      await other.query('begin');
      await other.query(`select from eventfold.projection_checkpoints for update`);
      await expect(host.operations.retry('tally', 'poison')).rejects.toMatchObject({
        code: 'projection.busy',
      });
    } finally {
      await other.end();
    }
    expect(await logged(host)).toEqual([
      entry('retry', { key: 'poison' }, 'failed', expect.stringMatching(/^Another transaction keeps/)),
    ]);
  });

  it('takes back an act that it cannot record', async () => {
    const host = await withParked('poison');
    await database.query(`alter table eventfold.operations add check (id < 0)`);
    const { operations } = host;
    const acts = [
      () => operations.pause('tally'),
      () => operations.rebuild('tally'),
      () => operations.skip('tally', 'poison'),
      () => operations.retry('tally', 'poison'),
    ];
    const before = await operations.parked('tally');
    for (const act of acts) await expect(act()).rejects.toMatchObject({ code: '23514' });
    const asBefore = { status: 'running', rebuild: null, parkedKeys: 1 };
    await eventually(async () => expect(await operations.get('tally')).toMatchObject(asBefore));
    expect(await operations.parked('tally')).toEqual(before);
    expect(await database.query('select from eventfold.skipped_events')).toEqual([]);
  });

  it('keeps the operations of a projection that was dropped', async () => {
    const host = await start();
    await host.operations.pause('tally');
    await host.stop();
    hosts = [];
    await database.query(`delete from eventfold.projection_workers`);
    await database.query(`update eventfold.projections set name = 'former' where name = 'tally'`);
    const next = await start({ projections: false });
    await next.operations.drop('former');
    expect(await logged(next)).toEqual([entry('pause', {}), entry('drop', { projection: 'former' })]);
  });

  it.each([
    ['an update', `update eventfold.operations set actor = 'eve'`],
    ['a deletion', 'delete from eventfold.operations'],
    ['a truncation', 'truncate eventfold.operations'],
  ])('refuses %s', async (_, statement) => {
    await expect(database.query(statement)).rejects.toThrow(/append-only/);
  });

  it('is listed in pages, the latest first, of one projection or of all', async () => {
    const host = await start({ onReaction: () => undefined });
    for (const name of ['tally', MAIL, 'tally']) {
      await host.operations.pause(name);
      await host.operations.resume(name);
    }
    const log = host.app.get(OperationsLog);
    const all = await log.list();
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).toSorted((a, b) => b - a));
    const [first, second] = [await log.list({ limit: 4 }), await log.list({ limit: 4, after: all[3]!.id })];
    expect([...first, ...second]).toEqual(all);
    const ofMail = await log.list({ projection: MAIL });
    expect(ofMail.map(({ act, parameters }) => [act, parameters.projection])).toEqual([
      ['resume', MAIL],
      ['pause', MAIL],
    ]);
    expect(await log.list({ projection: MAIL, after: ofMail[0]!.id })).toEqual([ofMail[1]]);
  });
});
