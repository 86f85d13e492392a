/**
 * Two builds of one host on one database, as real processes: a rolling upgrade, and a roll back. upgrade-process.mjs
 * has the differences of the builds.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { type LogEvent, readLog } from '../support/log/plain-fold.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { GONE, type HostAnswer, UpgradeHost } from '../support/hosts/upgrade-hosts.js';

const TOWNS = ['Graz', 'Linz', 'Wels'];

/** A client of one host. It posts parcels one after the other, and delivers each, and other known ones. */
class Client {
  /** The events that must be stored by the answers, as `stream version`. */
  readonly acknowledged: string[] = [];
  readonly refusals: NonNullable<HostAnswer['error']>[] = [];
  private readonly own: string[] = [];
  private stopped = false;

  constructor(
    private readonly host: UpgradeHost,
    /** Parcels of all clients. */
    private readonly known: string[],
    private readonly sendsBack: boolean,
  ) {}

  get done(): number {
    return this.acknowledged.length;
  }

  async run(): Promise<void> {
    for (let round = 0; !this.stopped && !this.host.isGone; round++) {
      const parcel = randomUUID();
      const answer = await this.host.post(parcel, TOWNS[round % TOWNS.length]!, (round % 9) + 1);
      if (answer !== GONE) this.note(parcel, answer);
      if (answer.error !== undefined) continue;
      this.own.push(parcel);
      this.known.push(parcel);
      this.note(parcel, await this.host.deliver(parcel));
      const others = this.known[(round * 7) % this.known.length]!;
      this.note(others, await this.host.deliver(others));
      if (this.sendsBack && round % 3 === 0) this.note(others, await this.host.sendBack(others));
    }
  }

  stop(): void {
    this.stopped = true;
  }

  private note(parcel: string, { version, error }: HostAnswer): void {
    if (version !== undefined) this.acknowledged.push(`parcel-${parcel} ${version}`);
    else if (error !== undefined && error !== GONE.error) this.refusals.push(error);
  }
}

/** A reaction folds event by event, and the machine may be busy. */
const SLOW_MS = 300_000;

describe('two builds on one database', () => {
  let database: TestDatabase;
  let hosts: UpgradeHost[];
  let clients: Client[];
  let known: string[];
  let running: Promise<void>[];

  beforeEach(async () => {
    database = await createTestDatabase();
    // As the newer build's migrations leave it: a new column has a default.
    await database.query(`create table eventfold.towns (town text primary key, posted integer not null,
      delivered integer not null, returned integer not null default 0, grams integer not null default 0)`);
    await database.query(
      `create table eventfold.trails (stream text primary key, versions integer[] not null)`,
    );
    await database.query('create table letters (event_id uuid not null, build text not null)');
    [hosts, clients, known, running] = [[], [], [], []];
  });
  afterEach(async () => {
    for (const client of clients) client.stop();
    await Promise.all(running);
    for (const host of hosts) await host.kill();
    await database.drop();
  });

  const start = async (build: 'old' | 'new', options: { projections?: boolean } = {}) => {
    const host = await UpgradeHost.start({ url: database.url, build, ...options });
    hosts.push(host);
    return host;
  };
  const trafficOn = (host: UpgradeHost, build: 'old' | 'new') => {
    const client = new Client(host, known, build === 'new');
    clients.push(client);
    running.push(client.run());
    return client;
  };
  /** Waits until the client has done so many more commands. */
  const goneOn = async (client: Client, more: number) => {
    const until = client.done + more;
    await eventually(() => expect(client.done).toBeGreaterThanOrEqual(until));
  };
  /** Waits until another build has written events that the client's host could not read. */
  const refused = (client: Client) => eventually(() => expect(client.refusals).not.toHaveLength(0));
  const stopTraffic = async () => {
    for (const client of clients) client.stop();
    await Promise.all(running);
  };

  /** These hold at the end in any case: every acknowledged event is there once, and the rows equal a plain fold. */
  const expectAllIsWell = async () => {
    const log = await readLog(database);
    const stored = log.map(({ streamId, version }) => `${streamId} ${version}`);
    const acknowledged = clients.flatMap((client) => client.acknowledged);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    const missing = acknowledged.filter((each) => !stored.includes(each));
    expect(missing).toEqual([]);
    // At most one command of each client had no answer when its host was killed.
    expect(stored.length - acknowledged.length).toBeLessThanOrEqual(clients.length);
    expect(afterReturn(log)).toEqual([]);

    await eventually(async () => expect(await positions()).toEqual(atHead(log.length)), 90_000);
    expect(await database.query('select key, error from eventfold.parked_keys')).toEqual([]);
    const towns = await database.query('select * from eventfold.towns order by town');
    expect(towns).toEqual(foldTowns(log));
    const trails = await database.query('select * from eventfold.trails order by stream');
    expect(trails).toEqual(foldTrails(log));
    const letters = await database.query<{ event_id: string }>('select event_id from letters');
    const reactedTo = letters.map(({ event_id }) => event_id);
    expect(new Set(reactedTo)).toEqual(new Set(log.map(({ eventId }) => eventId)));
    // Only a reaction that is killed in the middle is repeated.
    expect(reactedTo.length - log.length).toBeLessThanOrEqual(hosts.filter(({ isGone }) => isGone).length);
  };
  const positions = () =>
    database.query(
      `select projection, build, position::integer from eventfold.projection_checkpoints order by projection, build`,
    );
  const atHead = (position: number) =>
    ['letters', 'towns', 'trails'].map((projection) => ({ projection, build: 'live', position }));
  const revisionOf = async (name: string) =>
    (
      await database.query<{ revision: string }>(
        'select revision from eventfold.projections where name = $1',
        [name],
      )
    )[0]!.revision;

  const LEFT = { kind: 'unavailable', name: 'UnknownEventTypeError', code: 'unknown-event-type' };
  const NEWER_SHAPE = {
    kind: 'unavailable',
    name: 'UnknownSchemaVersionError',
    code: 'unknown-schema-version',
  };
  const expectOldRefuses = async (old: UpgradeHost, renewed: UpgradeHost) => {
    // The aggregate is hot in the older host when the newer one sends the parcel back.
    const parcel = randomUUID();
    await old.post(parcel, 'Graz', 2);
    expect(await old.deliver(parcel)).toEqual({ version: 2 });
    expect(await renewed.sendBack(parcel)).toEqual({ version: 3 });
    expect(await old.deliver(parcel)).toMatchObject({ error: LEFT });
    expect(await renewed.deliver(parcel)).toMatchObject({ error: { kind: 'refused' } });

    const another = randomUUID();
    await renewed.post(another, 'Graz', 2);
    expect(await old.deliver(another)).toMatchObject({ error: NEWER_SHAPE });
    expect(await renewed.deliver(another)).toEqual({ version: 2 });
    clients[0]!.acknowledged.push(
      ...[1, 2, 3].map((version) => `parcel-${parcel} ${version}`),
      ...[1, 2].map((version) => `parcel-${another} ${version}`),
    );
  };
  const expectRetryable = (client: Client) => {
    expect(client.refusals.map(({ kind }) => kind)).not.toContain(undefined);
    expect(new Set(client.refusals.map(({ kind }) => kind))).toEqual(new Set(['unavailable']));
  };

  it(
    'upgrade: the newer is started beside the older, which is killed in the middle',
    async () => {
      const old = await start('old');
      const ofOld = trafficOn(old, 'old');
      await goneOn(ofOld, 100);
      const renewed = await start('new');
      const ofNew = trafficOn(renewed, 'new');
      await Promise.all([goneOn(ofOld, 100), goneOn(ofNew, 100)]);
      await expectOldRefuses(old, renewed);
      await eventually(async () => expect(await revisionOf('towns')).toBe('2'));
      await Promise.all([goneOn(ofOld, 30), refused(ofOld)]);
      await old.kill();
      await goneOn(ofNew, 50);
      await stopTraffic();
      expectRetryable(ofOld);
      await expectAllIsWell();
      expect(await revisionOf('letters')).toBe('2');
    },
    SLOW_MS,
  );

  it(
    'roll back: the older is started beside the newer, is alone for a while, and the newer comes again',
    async () => {
      const first = await start('new');
      const ofFirst = trafficOn(first, 'new');
      await goneOn(ofFirst, 100);
      const old = await start('old');
      const ofOld = trafficOn(old, 'old');
      await Promise.all([goneOn(ofOld, 100), goneOn(ofFirst, 100)]);
      await expectOldRefuses(old, first);
      await refused(ofOld);
      await first.kill();
      await goneOn(ofOld, 50);
      await stopTraffic();

      // No process of the newer build folds any more, and one still appends.
      const [last, newest] = [randomUUID(), randomUUID()];
      const web = await start('new', { projections: false });
      expect([await old.post(last, 'Graz', 1), await old.deliver(last)]).toEqual([
        { version: 1 },
        { version: 2 },
      ]);
      expect(await web.post(newest, 'Linz', 3)).toEqual({ version: 1 });
      ofOld.acknowledged.push(`parcel-${last} 1`, `parcel-${last} 2`, `parcel-${newest} 1`);
      await eventually(async () =>
        expect(await old.status('trails')).toEqual({
          status: 'standing-by',
          failure: expect.stringMatching(/^Event type "parcel.posted" is stored with schema version 2 /),
        }),
      );
      for (const name of ['towns', 'letters']) {
        expect(await old.status(name)).toEqual({ status: 'standing-by', failure: null });
      }
      expect(await database.query('select projection from eventfold.projection_rebuilds')).toEqual([]);

      const again = await start('new');
      await Promise.all([goneOn(trafficOn(again, 'new'), 50), goneOn(trafficOn(old, 'old'), 30)]);
      await stopTraffic();
      expectRetryable(ofOld);
      await expectAllIsWell();
    },
    SLOW_MS,
  );
});

/** Deliveries of parcels that had gone back: they were decided on half of the facts. */
function afterReturn(log: readonly LogEvent[]): string[] {
  const back = new Set<string>();
  return log.flatMap(({ streamId, version, type }) => {
    if (type === 'parcel.returned') back.add(streamId);
    return type === 'parcel.delivered' && back.has(streamId) ? [`${streamId} ${version}`] : [];
  });
}

function foldTowns(log: readonly LogEvent[]): object[] {
  return TOWNS.map((town) => {
    const here = log.filter(({ data }) => data.town === town);
    const count = (type: string) => here.filter((event) => event.type === type).length;
    const grams = here.map(({ data }) => Number(data.grams ?? Number(data.kilos ?? 0) * 1_000));
    return {
      town,
      posted: count('parcel.posted'),
      delivered: count('parcel.delivered'),
      returned: count('parcel.returned'),
      grams: grams.reduce((sum, each) => sum + each, 0),
    };
  });
}

function foldTrails(log: readonly LogEvent[]): object[] {
  const trails = new Map<string, number[]>();
  for (const { streamId, version, type } of log) {
    if (type !== 'parcel.returned') trails.set(streamId, [...(trails.get(streamId) ?? []), version]);
  }
  return [...trails]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([stream, versions]) => ({ stream, versions }));
}
