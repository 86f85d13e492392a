/** The ways in which an application may give its connection, and the times at which it may open it. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import {
  Column,
  DataSource,
  Entity,
  type MigrationInterface,
  PrimaryColumn,
  type QueryRunner,
} from 'typeorm';
import { LogListener } from '../../src/event-sourcing/for-service.js';
import {
  DomainEvent,
  EventSourcingModule,
  EventStore,
  InjectRows,
  Projection,
  ProjectionProgress,
  Projections,
  type Recorded,
  Rows,
  touches,
} from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startUsualHost, type UsualHost, usualConnection, usualModule } from '../support/hosts/usual-host.js';

class Posted extends DomainEvent<'letter.posted', { box: string }> {
  static readonly type = 'letter.posted';
  readonly type = Posted.type;
}

@Entity('boxes', { schema: 'public' })
class Box {
  @PrimaryColumn('text') name: string;
  @Column('integer') letters: number;
}

@Projection({
  name: 'boxes',
  revision: 1,
  rows: [touches(Box, (event: Recorded<Posted>) => ({ name: event.data.box }))],
})
@EventsHandler(Posted)
class BoxesProjection {
  constructor(@InjectRows(Box) private readonly boxes: Rows<Box>) {}

  handle({ data: { box: name } }: Recorded<Posted>): void {
    this.boxes.put({ name, letters: (this.boxes.find({ name })?.letters ?? 0) + 1 });
  }
}

/** A data source counts as initialized before its migrations have run. */
class SlowBoxes1796000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('select pg_sleep(0.7)');
    await runner.query('create table boxes (name text primary key, letters integer)');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('not asked for'));
  }
}

const host: UsualHost = {
  connection: { entities: [Box] },
  imports: [EventSourcingModule.forFeature({ rows: [Box] })],
  providers: [BoxesProjection],
};
const connectedBy = (connection: object): UsualHost => ({
  ...host,
  connection: { ...host.connection, ...connection },
});

let database: TestDatabase;
let other: TestDatabase;
const running: INestApplicationContext[] = [];
beforeAll(async () => {
  [database, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  for (const each of [database, other]) {
    await each.query('create table boxes (name text primary key, letters integer)');
  }
});
afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
});
afterAll(() => Promise.all([database.drop(), other.drop()]));

const start = async (options: UsualHost, where = database) => {
  const app = await startUsualHost(where, options);
  running.push(app);
  return app;
};

/** Posts a letter. Returns the number of letters in its box once it is folded. */
async function post(app: INestApplicationContext, box: string, where = database): Promise<number> {
  const stored = await app
    .get(EventStore)
    .appendToStream(`letter-${randomUUID()}`, 'no-stream', [new Posted({ box })]);
  await app.get(ProjectionProgress).waitFor('boxes', stored.position);
  const [row] = await where.query<{ letters: number }>('select letters from boxes where name = $1', [box]);
  return row!.letters;
}

const listening = (app: INestApplicationContext) =>
  eventually(async () => expect(app.get(LogListener).connected).toBe(true));

describe('the listener', () => {
  it.each<[string, () => object]>([
    ['parts, with a password', () => ({})],
    [
      'parts, with a function that fetches the password',
      () => {
        const { password } = usualConnection(database);
        return { password: async () => password };
      },
    ],
    [
      'a URL',
      () => {
        const none = { host: undefined, port: undefined, username: undefined, password: undefined };
        return { ...none, database: undefined, url: database.url };
      },
    ],
    [
      'a master and replicas',
      () => {
        const { type: _type, ...part } = usualConnection(database);
        return { replication: { master: part, slaves: [part] } };
      },
    ],
  ])('connects where the connection is given as %s', async (_how, connection) => {
    const app = await start(connectedBy(connection()));
    await listening(app);
    await expect(post(app, randomUUID())).resolves.toBe(1);
  });

  it('hears at once of what another instance appends, polling seldom', async () => {
    const app = await start({ ...host, eventSourcing: { turns: { pollIntervalMs: 60_000 } } });
    const appending = await start({ ...host, eventSourcing: { projections: false } });
    await listening(app);
    const box = randomUUID();
    await appending.get(EventStore).appendToStream(`letter-${box}`, 'no-stream', [new Posted({ box })]);
    await eventually(async () => {
      expect(await database.query('select from boxes where name = $1', [box])).toHaveLength(1);
    });
  });
});

describe('a data source that the application initializes itself', () => {
  it('may be initialized after the start: appends say so until then, projections follow', async () => {
    const app = await start(connectedBy({ manualInitialization: true }));
    const early = app.get(EventStore).appendToStream('letter-early', 'any', [new Posted({ box: 'early' })]);
    await expect(early).rejects.toMatchObject({ kind: 'unavailable', code: 'data-source-not-connected' });
    await app.get(DataSource).initialize();
    const box = randomUUID();
    await expect(post(app, box)).resolves.toBe(1);
    await app.get(DataSource).destroy(); // it closes a connection that it has opened
  });

  it('may need time for it, as where migrations run then: projections start when all is there', async () => {
    const fresh = await createTestDatabase();
    try {
      const app = await start(
        connectedBy({
          manualInitialization: true,
          migrationsRun: true,
          migrations: [SlowBoxes1796000000000],
        }),
        fresh,
      );
      const errors = jest.spyOn(Logger.prototype, 'error');
      await app.get(DataSource).initialize();
      const box = randomUUID();
      await expect(post(app, box, fresh)).resolves.toBe(1);
      const said = errors.mock.calls
        .flat()
        .map(String)
        .filter((line) => line.includes('do not start yet'));
      expect(said.length).toBeGreaterThan(0);
      expect(said).toEqual([...new Set(said)]); // one line for each reason, and not for each try
      errors.mockRestore();
      await running.pop()!.close();
    } finally {
      await fresh.drop();
    }
  });

  it('may never be: the application still closes', async () => {
    const app = await start(connectedBy({ manualInitialization: true }));
    await app.close();
  });

  it('may be destroyed and initialized anew: projections go on, and its connections are guarded', async () => {
    const app = await start(host);
    const box = randomUUID();
    await post(app, box);
    const dataSource = app.get(DataSource);
    await dataSource.destroy();
    const between = app.get(EventStore).head();
    await expect(between).rejects.toMatchObject({ kind: 'unavailable' });
    await dataSource.initialize();
    await expect(post(app, box)).resolves.toBe(2);
    const lent = await (dataSource.driver as unknown as { master: import('pg').Pool }).master.connect();
    expect(lent.listenerCount('error')).toBeGreaterThan(0);
    lent.release();
  });
});

describe('an application', () => {
  it('that is initialized twice runs its projections once', async () => {
    Logger.overrideLogger(false);
    const testing = await Test.createTestingModule({ imports: [usualModule(database, host)] }).compile();
    const app = testing.createNestApplication({ logger: false });
    running.push(app);
    await testing.init();
    const [before] = app.get(Projections).running;
    await app.init();
    await app.init();
    expect(app.get(Projections).running).toEqual([before]);
    const listeners = () =>
      database.query(`select from pg_stat_activity
                       where application_name = 'eventfold listener' and datname = current_database()`);
    await listening(app);
    expect(await listeners()).toHaveLength(1);
    const box = randomUUID();
    await post(app, box);
    await expect(post(app, box)).resolves.toBe(2);
  });

  it('runs beside another of the same modules in one process', async () => {
    const [one, two] = [await start(host), await start(host, other)];
    const box = randomUUID();
    await post(one, box);
    await post(one, box);
    await expect(post(two, box, other)).resolves.toBe(1);
    await running.shift()!.close();
    await expect(post(two, box, other)).resolves.toBe(2);
  });
});
