import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Database, READ_BYTES } from '../../src/event-sourcing/for-service.js';
import type { EventToAppend, StoredEvent } from '../../src/event-sourcing/index.js';
import type { LogWindow } from '../../src/event-sourcing/log/read.sql.js';
import { eventsInParts, LOG_SOURCE, type LogSource } from '../../src/event-sourcing/log/source/log-source.js';
import { jetstreamLog, JetStreamModule } from '../../src/jetstream/index.js';
import { createTallies, startTallyHost, type TallyHost } from '../support/hosts/tally-host.js';
import { createRemoteDatabase } from '../support/jetstream/remote-database.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** What JSON, subjects and headers have trouble with. */
const NASTY = [
  { type: 'plain', data: { tally: 'a' } },
  {
    type: 'größe 1%.>',
    data: { tally: 'ß\u2028"\\', deep: [{ a: null }, [], {}], number: 1e21, small: 5e-324 },
  },
  { type: 'a.b.c', data: { tally: null, big: Number.MAX_SAFE_INTEGER, not: -0.1, empty: '' } },
  { type: '.', data: {} },
];
const STREAMS = ['one', 'größe 1%\r\n', 'tally-a', 'tally-b', 'a.b.>'];
const EVENTS = 6_000;
/** Events at the end of the log that are large. */
const LARGE = 60;
const LARGE_BYTES = 400_000;

/** The suite that every source of events passes: the table, and the stream of a relay of the same log. */
(hasBroker() ? describe : describe.skip)('a log source', () => {
  let cluster: BrokerCluster;
  let databases: TestDatabase[];
  let beside: TallyHost;
  let remote: TallyHost;
  let log: StoredEvent[];

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    databases = [await createTestDatabase(), await createRemoteDatabase()];
    for (const database of databases) await createTallies(database);
    beside = await startTallyHost(databases[0]!, {
      imports: [JetStreamModule.forRoot({ servers: cluster.url, relay: {} })],
    });
    for (let first = 0; first < EVENTS; first += 1_000) {
      await beside.store.appendEach(
        Array.from({ length: 1_000 }, (_, n) => ({
          streamId: STREAMS[(first + n) % STREAMS.length]!,
          event: NASTY[(first + n) % NASTY.length]!,
        })),
      );
    }
    log = await beside.store.readAll({ maxCount: EVENTS });
    const large = (): EventToAppend => ({
      type: 'tally.ticked',
      data: { tally: 'large', content: randomBytes(LARGE_BYTES / 2).toString('hex') },
    });
    await beside.store.appendToStream('large', 'any', Array.from({ length: LARGE }, large));
    remote = await startTallyHost(databases[1]!, { log: jetstreamLog({ servers: cluster.url }) });
    await remote.folded(EVENTS + LARGE);
  });
  afterAll(async () => {
    await remote.stop();
    await beside.stop();
    for (const database of databases) await database.drop();
    await cluster.remove();
  });

  describe.each(['the table', 'the stream'])('%s', (name) => {
    const host = () => (name === 'the table' ? beside : remote);
    const source = () => host().app.get<LogSource>(LOG_SOURCE, { strict: false });
    const statements = () => host().app.get(Database).statements;
    const part = (window: Partial<LogWindow>, reader = 'test') =>
      source().window(
        statements(),
        { after: 0, upTo: EVENTS, types: [], maxCount: EVENTS + 1, ...window },
        reader,
      );
    const read = async (...of: Parameters<typeof part>) => (await part(...of)).events;
    const eventsAt = async (positions: readonly number[]) => {
      const parts: StoredEvent[][] = [];
      for await (const events of eventsInParts(source(), statements(), positions)) parts.push(events);
      return parts;
    };

    it('has each event of a window as the log has it, in order', async () => {
      expect(await read({})).toEqual(log);
      expect(await read({ after: 1_234, upTo: 1_240 })).toEqual(log.slice(1_234, 1_240));
      expect(await read({ after: EVENTS })).toEqual([]);
    });

    it('has pages of the asked length, one after the other, until one is shorter', async () => {
      const pages: StoredEvent[][] = [];
      for (let after = 0; pages.at(-1)?.length !== 0; after = pages.at(-1)!.at(-1)?.position ?? 0) {
        pages.push(await read({ after, maxCount: 700 }));
      }
      expect(pages.flat()).toEqual(log);
      expect(pages.map(({ length }) => length)).toEqual([...Array.from({ length: 8 }, () => 700), 400, 0]);
    });

    it('has large events in parts of a few megabytes, each with the position that it reaches', async () => {
      const sizes: number[] = [];
      const versions: number[] = [];
      for (let after = EVENTS; after < EVENTS + LARGE;) {
        const { events, upTo } = await part({ after, upTo: EVENTS + LARGE }, 'large');
        expect(upTo).toBe(events.at(-1)!.position);
        sizes.push(events.length * LARGE_BYTES);
        versions.push(...events.map(({ version }) => version));
        after = upTo;
      }
      expect(versions).toEqual(Array.from({ length: LARGE }, (_, index) => index + 1));
      expect(sizes.length).toBeGreaterThan(1);
      expect(Math.max(...sizes)).toBeLessThan(2 * READ_BYTES);
    });

    it('has the events of some types alone, whatever the types are called', async () => {
      const types = ['größe 1%.>', '.'];
      const all = await read({ types }, 'some types');
      expect(all).toEqual(log.filter(({ type }) => types.includes(type)));
      expect(await read({ types, after: 5_000, maxCount: 3 }, 'some types')).toEqual(
        all.filter(({ position }) => position > 5_000).slice(0, 3),
      );
    });

    it('divides all events among the partitions, and keeps those with one key together', async () => {
      const divided = await Promise.all(
        [0, 1, 2].map((partition) =>
          read({ part: { property: 'tally', partition, partitions: 3 } }, `part ${partition}`),
        ),
      );
      expect(divided.flat().toSorted((a, b) => a.position - b.position)).toEqual(log);
      const keyOf = ({ data, streamId }: StoredEvent) => (data as { tally?: string }).tally ?? streamId;
      const keys = divided.map((events) => new Set(events.map(keyOf)));
      expect(keys.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(log.map(keyOf)).size);
    });

    it('goes back to an earlier window, and two windows of a reader do not disturb each other', async () => {
      await read({ after: 3_000, maxCount: 50 }, 'back');
      const both = [read({ after: 10, maxCount: 50 }, 'back'), read({ after: 4_000, maxCount: 50 }, 'back')];
      expect(await Promise.all(both)).toEqual([log.slice(10, 60), log.slice(4_000, 4_050)]);
    });

    it('has the events at given positions, in order', async () => {
      const positions = [5_999, 1, 17, 2_500];
      const expected = [1, 17, 2_500, 5_999].map((position) => log[position - 1]);
      expect(await eventsAt(positions)).toEqual([expected]);
      expect(await eventsAt([])).toEqual([]);
    });

    it('has large events at given positions in parts of a few megabytes', async () => {
      const positions = Array.from({ length: LARGE }, (_, index) => EVENTS + index + 1);
      const parts = await eventsAt(positions);
      expect(parts.flat().map(({ position }) => position)).toEqual(positions);
      expect(Math.max(...parts.map(({ length }) => length * LARGE_BYTES))).toBeLessThan(3 * READ_BYTES);
    });
  });
});
