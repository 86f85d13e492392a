import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Random } from '../../bench/simulate/random.js';
import { headers } from '@nats-io/transport-node';
import { LOG_SOURCE, type LogSource } from '../../src/event-sourcing/log/source/log-source.js';
import { jetstreamLog, JetStreamModule } from '../../src/jetstream/index.js';
import { eventually } from '../support/eventually.js';
import { countsOf, createTallies, startTallyHost, type TallyHost } from '../support/hosts/tally-host.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { relayBecomes } from '../support/jetstream/relayed-service.js';
import { RelayedStream } from '../support/jetstream/relayed-stream.js';
import { createRemoteDatabase } from '../support/jetstream/remote-database.js';
import { RemoteProcess } from '../support/jetstream/remote-process.js';
import { readLog } from '../support/log/plain-fold.js';
import { rowDifferences } from '../support/log/row-differences.js';
import { StubbornLoad } from '../support/log/stubborn-load.js';
import { PATIENCE_MS } from '../support/patience.js';
import { scaled } from '../support/scale.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const BLOWS = scaled(2, 20);

(hasBroker() ? describe : describe.skip)('projections without a log whose surroundings fail', () => {
  const ends: (() => Promise<unknown>)[] = [];
  let remote: TestDatabase;

  beforeEach(async () => {
    remote = await createRemoteDatabase();
    ends.push(() => remote.drop());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  async function startCluster(size: 1 | 3): Promise<BrokerCluster> {
    const cluster = await BrokerCluster.start(size);
    ends.push(() => cluster.remove());
    return cluster;
  }

  const positionsOf = async () =>
    (
      await remote.query<{ position: string }>(
        `select position from eventfold.projection_checkpoints where build = 'live' order by position`,
      )
    ).map(({ position }) => Number(position));

  async function moves(): Promise<void> {
    const [before = 0] = await positionsOf();
    await eventually(async () => expect((await positionsOf())[0]).toBeGreaterThan(before), PATIENCE_MS);
  }

  /** Both databases have what a plain fold of the log makes. */
  async function expectWholeFold(service: TestService): Promise<void> {
    const log = await readLog(service.database);
    const head = log.at(-1)!.position;
    await eventually(async () => expect(await positionsOf()).toEqual([head, head]), PATIENCE_MS);
    expect(await rowDifferences(remote, log)).toEqual([]);
    await eventually(
      async () => expect(await rowDifferences(service.database, log)).toEqual([]),
      PATIENCE_MS,
    );
  }

  it('lose and repeat nothing when processes and nodes of the broker are killed under load', async () => {
    const cluster = await startCluster(3);
    const service = await startTestService({ JETSTREAM_URL: cluster.url, RELAY: 'on' });
    ends.push(() => service.stop());
    await relayBecomes(service.api, { state: 'running' });
    const start = () =>
      RemoteProcess.start({ url: remote.url, servers: cluster.url, keys: service.database.url });
    let processes = [await start(), await start()];
    ends.push(() => Promise.all(processes.map((each) => each.kill())));
    const load = new StubbornLoad(new Random('remote'), () => service.api);
    load.start();
    for (let blow = 0; blow < BLOWS; blow++) {
      await moves();
      await processes[0]!.kill();
      await moves();
      processes = [processes[1]!, await start()];
      await cluster.killNode(blow % 3);
      await moves();
      cluster.startNode(blow % 3);
    }
    await load.stop();
    await expectWholeFold(service);
  }, 300_000);

  describe('beside a small log', () => {
    let cluster: BrokerCluster;
    let database: TestDatabase;
    let beside: TallyHost;
    let stream: RelayedStream;

    beforeEach(async () => {
      cluster = await startCluster(1);
      database = await createTestDatabase();
      ends.push(() => database.drop());
      await createTallies(database);
      await createTallies(remote);
      beside = await startTallyHost(database, {
        imports: [JetStreamModule.forRoot({ servers: cluster.url, relay: { comparisonIntervalMs: 100 } })],
      });
      ends.push(() => beside.stop());
      stream = await RelayedStream.open(cluster.url);
      ends.push(() => stream.close());
    });

    async function startRemote(name = 'EVENTFOLD'): Promise<TallyHost> {
      const host = await startTallyHost(remote, {
        log: jetstreamLog({ servers: cluster.url, stream: name }),
        notifications: { checkIntervalMs: 50 },
      });
      ends.push(() => host.stop());
      return host;
    }

    const relayed = (position: number) =>
      eventually(async () => expect(await stream.lastSequence()).toBe(position), PATIENCE_MS);

    async function expectRefusal(host: TallyHost, reason: string): Promise<void> {
      await eventually(
        async () =>
          expect(await host.operations.get('tally')).toMatchObject({
            status: 'retrying',
            reason: expect.stringContaining(reason),
            parkedKeys: 0,
          }),
        PATIENCE_MS,
      );
    }

    it('leave out nothing when the stream no longer has the next event, and name both positions', async () => {
      await relayed(await beside.tick('a', 30));
      await stream.broker.streams.streams.update('EVENTFOLD', { max_msgs: 10 });
      const host = await startRemote();
      await expectRefusal(host, 'begins at position 21, and position 1 is needed');
      expect(await positionsOf()).toEqual([0]);
    });

    it('refuse a stream that is no log', async () => {
      await stream.broker.streams.streams.add({ name: 'OTHER', subjects: ['other.>'] });
      await stream.broker.client.publish('other.one', 'one');
      await expectRefusal(await startRemote('OTHER'), 'no relay has made it');
    });

    it('refuse a stream that has another event at a position that they know', async () => {
      await relayed(await beside.tick('a', 30));
      const host = await startRemote();
      await host.folded(30);
      await host.stop();
      await remote.query('update eventfold.log_end set event_id = gen_random_uuid()');
      await beside.tick('a');
      await expectRefusal(await startRemote(), 'was there before');
      expect(await positionsOf()).toEqual([30]);
    });

    /** All types and data are as before; the ids are those of other events, as after a restored backup. */
    async function changeHistoryFrom(position: number): Promise<void> {
      const changed = `update eventfold.events set event_id = gen_random_uuid() where global_position >= ${position}`;
      await database.query('alter table eventfold.events disable trigger user');
      await database.query(changed);
      await database.query('alter table eventfold.events enable trigger user');
    }

    /** The relay makes the stream anew, as an operator lets it do after a divergence. */
    async function replaceStream(): Promise<void> {
      const head = await stream.lastSequence();
      await stream.broker.streams.streams.delete('EVENTFOLD');
      await eventually(async () => expect(await stream.lastSequence()).toBe(head), PATIENCE_MS);
    }

    it('leave out nothing when messages between others are gone, and name both positions', async () => {
      await relayed(await beside.tick('a', 30));
      await beside.stop();
      const { deny_delete: _, ...config } = (await stream.broker.streams.streams.info('EVENTFOLD')).config;
      const messages = await stream.messages();
      await stream.broker.streams.streams.delete('EVENTFOLD');
      await stream.broker.streams.streams.add({ ...config, deny_delete: false });
      for (const { subject, headers: found, body } of messages) {
        const named = headers();
        for (const name of ['ce-id', 'ce-time']) named.set(name, found[name]!);
        await stream.broker.client.publish(subject, JSON.stringify(body), { headers: named });
      }
      for (const sequence of [11, 12, 13])
        await stream.broker.streams.streams.deleteMessage('EVENTFOLD', sequence);
      await expectRefusal(await startRemote(), 'goes on at position 14, and position 11 is needed');
    });

    it('notice a stream of another history that was filled to the same length between two looks', async () => {
      await relayed(await beside.tick('a', 30));
      const host = await startRemote();
      await host.folded(30);
      await changeHistoryFrom(20);
      await replaceStream();
      await eventually(
        () =>
          expect(host.app.get<LogSource>(LOG_SOURCE, { strict: false }).failure?.message).toContain(
            'was there before',
          ),
        PATIENCE_MS,
      );
    });

    it('go on with a stream that was made again with the same events', async () => {
      await relayed(await beside.tick('a', 30));
      const host = await startRemote();
      await host.folded(30);
      await replaceStream();
      await host.folded(await beside.tick('a', 5));
    });

    it('keep the rows of the old history, while a new database gets those of the new one', async () => {
      await relayed(await beside.tick('a', 30));
      const host = await startRemote();
      await host.folded(30);
      await changeHistoryFrom(20);
      await replaceStream();
      const head = await beside.tick('b', 5);
      await expectRefusal(host, 'Read models of another history begin in a new database');
      await remote.query('delete from eventfold.log_end');
      await host.operations.rebuild('tally');
      await expectRefusal(host, 'log_end is empty, and projections have folded up to position 30');
      expect(await countsOf(remote)).toEqual({ a: 30 });
      const fresh = await createRemoteDatabase();
      ends.push(() => fresh.drop());
      await createTallies(fresh);
      const next = await startTallyHost(fresh, { log: jetstreamLog({ servers: cluster.url }) });
      ends.push(() => next.stop());
      await next.folded(head);
      expect(await countsOf(fresh)).toEqual({ a: 30, b: 5 });
    });

    it('have reactions that begin at the end of the stream, also when the broker is away at the start', async () => {
      await relayed(await beside.tick('a', 30));
      await cluster.killNode(0);
      const reacted: string[] = [];
      const host = await startTallyHost(remote, {
        log: jetstreamLog({ servers: cluster.url }),
        notifications: { checkIntervalMs: 50 },
        onReaction: ({ data }) => void reacted.push(data.tally),
      });
      ends.push(() => host.stop());
      cluster.startNode(0);
      await host.folded(30);
      await host.reacted(30); // it has begun
      await host.reacted(await beside.tick('news'));
      expect(reacted).toEqual(['news']);
    });

    it('wait for the broker, say so, and go on when it is back', async () => {
      const host = await startRemote();
      await host.folded(await beside.tick('a', 30));
      await cluster.killNode(0);
      const head = await beside.tick('a', 30);
      await expectRefusal(host, 'The stream EVENTFOLD cannot be read now');
      cluster.startNode(0);
      await host.folded(head);
      await eventually(
        () => expect(host.status()).toEqual({ status: 'running', failure: null }),
        PATIENCE_MS,
      );
    });
  });
});
