import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ModuleRef } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import {
  AggregateRoot,
  DomainEvent,
  EventRegistry,
  EventSourcedRepository,
  type Evolve,
} from '../../src/event-sourcing/index.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { User } from '../../src/users/user.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';

const EVERY_THREE = { PROJECTIONS: 'off', SNAPSHOT_EVERY: '3', AGGREGATE_CACHE_SIZE: '0' };

let database: TestDatabase;
let service: Awaited<ReturnType<typeof startOn>>;
let users: UserRepository;

const start = async (environment: NodeJS.ProcessEnv = EVERY_THREE) => {
  service = await startOn(database.url, environment);
  users = service.app.get(UserRepository);
};

/** A user at a version: the name is Ada, the preference has the version. */
async function userAt(version: number, written = snapshotIfDue): Promise<string> {
  const id = randomUUID();
  await users.create(User.register(id, `${id}@example.org`, 'Ada', ['1']));
  await bringTo(id, version, written);
  return id;
}

async function bringTo(id: string, version: number, written = snapshotIfDue): Promise<void> {
  for (let at = 0; at < version; await written(id, at)) {
    const prefer = (user: User) =>
      user.version < version && user.updatePreferences([String(user.version + 1)]);
    at = (await users.update(id, (user) => void prefer(user))).version;
  }
}

/** Waits for the snapshot. Otherwise an earlier load would cause one of its own. */
const snapshotIfDue = async (id: string, version: number) => {
  if (version % 3 === 0) await snapshotAt(id, version);
};
const atOnce = async () => undefined;

const snapshotOf = async (id: string) =>
  (
    await database.query<{ version: number; state: object }>(
      `select stream_version as version, state from eventfold.snapshots where stream_id = $1`,
      [`user-${id}`],
    )
  )[0];
const snapshotAt = (id: string, version: number) =>
  eventually(async () => expect((await snapshotOf(id))?.version).toBe(version));
const change = (id: string, assignment: string) =>
  database.query(`update eventfold.snapshots set ${assignment} where stream_id = $1`, [`user-${id}`]);
/** The name tells whether a state came from the snapshot. */
const mark = (id: string) => change(id, `state = jsonb_set(state::jsonb, '{name}', '"Snapshot"')::json`);

describe('a snapshot', () => {
  beforeAll(async () => {
    database = await createTestDatabase();
    await start();
  });
  afterAll(async () => {
    await service.stop();
    await database.drop();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is written every so many events', async () => {
    const id = await userAt(2);
    expect(await snapshotOf(id)).toBeUndefined();
    await bringTo(id, 3);
    expect((await snapshotOf(id))!.state).toEqual((await users.find(id))!.state);
    await bringTo(id, 5);
    expect((await snapshotOf(id))!.version).toBe(3);
    await bringTo(id, 6);
    expect((await snapshotOf(id))!.version).toBe(6);
  });

  it('is what a load begins with, and newer events are folded onto it', async () => {
    const id = await userAt(3);
    await mark(id);
    await bringTo(id, 5);
    expect(await users.find(id)).toMatchObject({
      version: 5,
      state: { name: 'Snapshot', preferences: ['5'] },
    });
  });

  it('makes the load of a long stream one statement, and as many events as are newer', async () => {
    const id = await userAt(3);
    const events = Array.from({ length: 1_200 }, (_, index) => ({
      type: 'user.preferences_updated',
      data: { userId: id, oldPreferences: [], newPreferences: [String(index)] },
    }));
    await users['store'].appendToStream(users.streamOf(id), 3, events);
    await users.find(id);
    await snapshotAt(id, 1_203);
    await bringTo(id, 1_205);
    const query = jest.spyOn(Client.prototype, 'query');
    const revive = jest.spyOn(EventRegistry.prototype, 'revive');
    expect((await users.find(id))!.version).toBe(1_205);
    const texts = query.mock.calls.map(
      ([sent]: unknown[]) => (sent as { text?: string }).text ?? String(sent),
    );
    const reads = texts.filter((text) => text.includes('read_tail'));
    expect([reads.length, revive.mock.calls.length]).toEqual([1, 2]);
  });

  it.each([
    ['of another revision', `revision = revision + 1`],
    ['of a version that the stream does not have', `stream_version = 99`],
    ['of another event at that place, from another life of the log', `event_id = gen_random_uuid()`],
    [
      'of another stream',
      `event_id = (select event_id from eventfold.events e
                    where e.stream_version = 3 and e.stream_id <> snapshots.stream_id limit 1)`,
    ],
    ['that is null', `state = 'null'`],
    ['that is a list', `state = '[]'`],
    ['that lacks a field', `state = (state::jsonb - 'email')::json`],
  ])('%s is ignored', async (_, assignment) => {
    const id = await userAt(4);
    const truth = (await users.find(id))!;
    await mark(id);
    await change(id, assignment);
    const found = (await users.find(id))!;
    expect(found).toMatchObject({ version: 4, position: truth.position });
    expect(found.state).toEqual(truth.state);
    await bringTo(id, 6, atOnce);
    expect((await users.find(id))!.state.name).toBe('Ada');
  });

  it('that was ignored is replaced by the next', async () => {
    const id = await userAt(4);
    await change(id, `state = '{}'`);
    await users.find(id);
    await eventually(async () => expect((await snapshotOf(id))!.state).toHaveProperty('name', 'Ada'));
  });

  it('serves a look at the past when it is old enough, and no other', async () => {
    const id = await userAt(7);
    await mark(id);
    const nameAt = async (version: number) => (await users.findAtVersion(id, version))?.state.name;
    expect([await nameAt(5), await nameAt(6), await nameAt(7), await nameAt(8)]).toEqual([
      'Ada',
      'Snapshot',
      'Snapshot',
      undefined,
    ]);
    const instants = await database.query<{ timestamp: Date }>(
      'select "timestamp" from eventfold.events where stream_id = $1 order by stream_version',
      [`user-${id}`],
    );
    const nameThen = async (index: number) =>
      (await users.findAt(id, instants[index]!.timestamp))?.state.name;
    expect((await users.findAt(id, new Date()))!.state.name).toBe('Snapshot');
    if (instants[4]!.timestamp < instants[5]!.timestamp) expect(await nameThen(4)).toBe('Ada');
    expect(await users.findAt(id, new Date(instants[0]!.timestamp.getTime() - 1))).toBeUndefined();
  });

  it("is not taken of what the caller's transaction rolls back", async () => {
    const id = await userAt(2);
    const rollback = new Error('rolled back');
    const transaction = service.app.get(DataSource).transaction(async (manager) => {
      await users.update(id, (user) => user.deactivate(), { manager });
      expect((await users.find(id, manager))!.state.isActive).toBe(false);
      throw rollback;
    });
    await expect(transaction).rejects.toBe(rollback);
    await bringTo(id, 3);
    expect((await snapshotOf(id))!.state).toMatchObject({ isActive: true, preferences: ['3'] });
  });

  it('is taken of -0 as of 0, and a state that a single aggregate has wrong is left out alone', async () => {
    class Scaled extends DomainEvent<'scale.scaled', { by: number | null; note?: string }> {
      static readonly type = 'scale.scaled';
      readonly type = Scaled.type;
    }
    type State = { size: number; note?: string | undefined };
    class Scale extends AggregateRoot<State, Scaled> {
      static readonly stream = 'scale';
      static readonly events = [Scaled];
      static readonly snapshotRevision = 1;
      protected readonly initialState = { size: 0 };
      by(by: number | null): void {
        for (let times = 0; times < 3; times++) this.raise(new Scaled({ by }));
      }
      protected readonly evolve: Evolve<State, Scaled> = {
        'scale.scaled': (state, { data: { by, note } }) =>
          by === null ? { ...state, note } : { ...state, size: by === 0 ? state.size / by : state.size * by },
      };
    }
    class Scales extends EventSourcedRepository<Scale> {
      protected readonly aggregateClass = Scale;
    }
    service.app.get(EventRegistry).register(Scaled);
    const scales = await service.app.get(ModuleRef).create(Scales);
    for (const [id, by] of [
      ['nan', 0],
      ['undefined', null],
      ['minus', -1],
      ['plus', 1],
    ] as const) {
      const scale = new Scale(id);
      scale.by(by);
      await scales.create(scale);
    }
    await userAt(3); // by now the writer has handled the scales
    expect(
      await database.query(
        `select stream_id, state from eventfold.snapshots where stream_id like 'scale-%' order by stream_id`,
      ),
    ).toEqual([
      { stream_id: 'scale-minus', state: { size: 0 } },
      { stream_id: 'scale-plus', state: { size: 0 } },
    ]);
    expect((await scales.find('nan'))!.state.size).toBeNaN();
  });

  it('is not taken of a state that JSON would change', async () => {
    class Rang extends DomainEvent<'bell.rang', { at: string }> {
      static readonly type = 'bell.rang';
      readonly type = Rang.type;
    }
    class Bell extends AggregateRoot<{ last: Date | undefined }, Rang> {
      static readonly stream = 'bell';
      static readonly events = [Rang];
      static readonly snapshotRevision = 1;
      protected readonly initialState = { last: undefined };
      ring(): void {
        this.raise(new Rang({ at: '2001-01-01T00:00:00Z' }));
      }
      protected readonly evolve: Evolve<{ last: Date | undefined }, Rang> = {
        'bell.rang': (_, { data }) => ({ last: new Date(data.at) }),
      };
    }
    class Bells extends EventSourcedRepository<Bell> {
      protected readonly aggregateClass = Bell;
      protected override notFound(id: string): never {
        throw new Error(id);
      }
    }
    service.app.get(EventRegistry).register(Rang);
    const bells = await service.app.get(ModuleRef).create(Bells);
    const bell = new Bell('1');
    for (let times = 0; times < 3; times++) bell.ring();
    await bells.create(bell);
    await userAt(3); // by now the writer has handled the bell
    expect(await database.query(`select from eventfold.snapshots where stream_id = 'bell-1'`)).toEqual([]);
    expect((await bells.find('1'))!.state.last).toEqual(new Date('2001-01-01T00:00:00Z'));
  });
});

describe('snapshots that cannot be written', () => {
  beforeEach(async () => {
    database = await createTestDatabase();
    await start();
  });
  afterEach(() => database.drop());

  it('hold up no command while the table is locked, and not the stop either', async () => {
    const locker = new Client({ connectionString: database.url });
    await locker.connect();
    try {
      await locker.query('begin');
      await locker.query('lock table eventfold.snapshots in exclusive mode');
      const ids = await Promise.all(Array.from({ length: 20 }, () => userAt(7, atOnce)));
      expect(await Promise.all(ids.map(async (id) => (await users.find(id))!.version))).toEqual(
        ids.map(() => 7),
      );
      const started = performance.now();
      await service.stop();
      expect(performance.now() - started).toBeLessThan(6_000);
      expect(await snapshotOf(ids[0]!)).toBeUndefined();
    } finally {
      await locker.end();
    }
  });

  it('nor read, since the table is gone, fail no command', async () => {
    const id = await userAt(4);
    await database.query('drop table eventfold.snapshots');
    await bringTo(id, 7, atOnce);
    expect(await users.find(id)).toMatchObject({ version: 7, state: { name: 'Ada', preferences: ['7'] } });
    await service.stop();
  });

  it('are none when they are off', async () => {
    await service.stop();
    await start({ ...EVERY_THREE, SNAPSHOT_EVERY: '0' });
    const id = await userAt(7, atOnce);
    await service.stop();
    expect(await snapshotOf(id)).toBeUndefined();
  });
});

describe('the stop of the service', () => {
  it('writes the snapshots that wait', async () => {
    database = await createTestDatabase();
    await start();
    const ids = await Promise.all(Array.from({ length: 20 }, () => userAt(2)));
    await Promise.all(ids.map((id) => users.update(id, (user) => user.deactivate())));
    await service.stop();
    const versions = await Promise.all(ids.map(async (id) => (await snapshotOf(id))?.version));
    expect(versions).toEqual(ids.map(() => 3));
    await database.drop();
  });
});
