import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ProjectionProgress } from '../../src/event-sourcing/index.js';
import { jetstreamLog, JetStreamModule } from '../../src/jetstream/index.js';
import { eventually } from '../support/eventually.js';
import {
  countsOf,
  createTallies,
  startTallyHost,
  Ticked,
  type TallyHost,
  type TallyHostOptions,
} from '../support/hosts/tally-host.js';
import { createRemoteDatabase } from '../support/jetstream/remote-database.js';
import { PATIENCE_MS } from '../support/patience.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

interface Place {
  tallies: TestDatabase;
  start: (options?: TallyHostOptions) => Promise<TallyHost>;
}

(hasBroker() ? describe : describe.skip)('a projection without a log', () => {
  let cluster: BrokerCluster;
  let logDatabase: TestDatabase;
  let beside: TallyHost;
  const ends: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    logDatabase = await createTestDatabase();
    await createTallies(logDatabase);
    beside = await startTallyHost(logDatabase, {
      imports: [JetStreamModule.forRoot({ servers: cluster.url, relay: {} })],
    });
    await beside.tick('a', 700);
    await beside.tick('b', 800);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  afterAll(async () => {
    await beside.stop();
    await logDatabase.drop();
    await cluster.remove();
  });

  async function remotePlace(): Promise<Place> {
    const tallies = await createRemoteDatabase();
    ends.push(() => tallies.drop());
    await createTallies(tallies);
    const log = jetstreamLog({ servers: cluster.url });
    return {
      tallies,
      start: async (options) => {
        const host = await startTallyHost(tallies, { log, ...options });
        ends.push(() => host.stop());
        return host;
      },
    };
  }

  const rowsOf = (database: TestDatabase) =>
    database.query<{ name: string }>('select * from eventfold.tallies order by name');

  /** Both databases have the same rows at the end of the log. */
  async function expectSameRows(remote: TallyHost, place: Place): Promise<void> {
    const head = await beside.store.head();
    await Promise.all([beside.folded(head), remote.folded(head)]);
    expect(await rowsOf(place.tallies)).toEqual(await rowsOf(logDatabase));
  }

  it('has reactions that begin at the end of the stream in a new database, as beside the log', async () => {
    const reacted: string[] = [];
    const place = await remotePlace();
    const remote = await place.start({ onReaction: ({ data }) => void reacted.push(data.tally) });
    await remote.folded(await beside.store.head());
    await remote.reacted(await beside.tick('news'));
    expect(reacted).toEqual(['news']);
  });

  it('catches up with the log and follows it, so that its rows are those beside the log', async () => {
    const place = await remotePlace();
    const remote = await place.start();
    await expectSameRows(remote, place);
    for (let round = 0; round < 5; round++) await beside.tick('c', 3);
    await expectSameRows(remote, place);
    expect(remote.status()).toEqual({ status: 'running', failure: null });
  });

  it('answers a query that waits for the position of a command', async () => {
    const place = await remotePlace();
    const remote = await place.start();
    const before = (await countsOf(logDatabase)).d ?? 0;
    for (let more = 1; more <= 10; more++) {
      await remote.app.get(ProjectionProgress).waitFor('tally', await beside.tick('d'));
      expect((await countsOf(place.tallies)).d).toBe(before + more);
    }
  });

  it.each([
    ['the stream', undefined],
    ['a property of the data', 'tally'],
  ])('is divided into partitions by %s, in two processes', async (_by, key) => {
    const place = await remotePlace();
    const options = { partitions: 3, key };
    const [remote] = await Promise.all([place.start(options), place.start(options)]);
    await beside.tick('e', 300);
    await expectSameRows(remote, place);
  });

  it('parks a key, folds all others, and folds it after a retry', async () => {
    const place = await remotePlace();
    let isMended = false;
    const onEvent = ({ data }: { data: { tally: string } }) => {
      if (data.tally === 'b' && !isMended) throw new Error('not now');
    };
    const remote = await place.start({ onEvent, turns: { retryDelayMs: 10 } });
    const head = await beside.tick('b', 10);
    await remote.folded(head);
    const rows = await rowsOf(place.tallies);
    expect(rows).toEqual((await rowsOf(logDatabase)).filter(({ name }) => name !== 'b'));
    isMended = true;
    const [key] = await remote.operations.parked('tally');
    await remote.operations.retry('tally', key!.key);
    await expectSameRows(remote, place);
  });

  it('leaves out the event at which a key is parked when an operator skips it', async () => {
    const place = await remotePlace();
    let failed = 0;
    const onEvent = ({ data, position }: { data: { tally: string }; position: number }) => {
      if (data.tally !== 'b' || (failed !== 0 && position !== failed)) return;
      failed = position;
      throw new Error('never');
    };
    const remote = await place.start({ onEvent, turns: { retryDelayMs: 10 } });
    await remote.folded(await beside.store.head());
    const [key] = await remote.operations.parked('tally');
    await remote.operations.skip('tally', key!.key);
    const [there, here] = [await countsOf(logDatabase), await countsOf(place.tallies)];
    expect(here).toEqual({ ...there, b: there.b! - 1 });
    await remote.operations.rebuild('tally');
    await eventually(
      async () =>
        expect(await remote.operations.get('tally')).toMatchObject({ rebuild: null, lastRebuild: {} }),
      PATIENCE_MS,
    );
    expect(await countsOf(place.tallies)).toEqual(here);
  });

  it('is rebuilt beside its living rows, while it follows', async () => {
    const place = await remotePlace();
    const remote = await place.start();
    await expectSameRows(remote, place);
    await place.tallies.query('update eventfold.tallies set count = 0');
    await remote.operations.rebuild('tally');
    await beside.tick('f', 20);
    await eventually(
      async () =>
        expect(await remote.operations.get('tally')).toMatchObject({ rebuild: null, lastRebuild: {} }),
      PATIENCE_MS,
    );
    await expectSameRows(remote, place);
  });

  it('refuses commands and reads of events with one clear error', async () => {
    const { store } = await (await remotePlace()).start();
    const refusal = { code: 'no-log', message: expect.stringContaining('This process has no log') };
    await expect(store.appendToStream('tally-a', 'any', [new Ticked({ tally: 'a' })])).rejects.toMatchObject(
      refusal,
    );
    await expect(store.readStream('tally-a')).rejects.toMatchObject(refusal);
    await expect(store.readAll()).rejects.toMatchObject(refusal);
  });
});
