import { expect } from '@jest/globals';
import type { Client } from 'pg';
import { Column, DataSource, Entity, PrimaryColumn, type QueryRunner } from 'typeorm';
import {
  asElement,
  asUntyped,
  declaredClassOf,
  fromStored,
  storedTypeOf,
  toStored,
} from '../../../src/event-sourcing/postgres/column-conversion.js';
import { metadataOf } from '../../../src/event-sourcing/postgres/entity-metadata.js';
import { isConnected, poolOf } from '../../../src/event-sourcing/postgres/pool.js';
import { addReplicas, ReplicaPool } from '../../../src/event-sourcing/postgres/replica-pools.js';
import { SharingDataSource } from '../../../src/event-sourcing/postgres/sharing-data-source.js';
import { sqlStateOf } from '../../../src/event-sourcing/postgres/sql-state.js';
import {
  depthOf,
  isInTransaction,
  reportEnds,
} from '../../../src/event-sourcing/postgres/transaction-ends.js';
import { isTransient } from '../../../src/event-sourcing/postgres/transient-failure.js';
import { withUnchangedSchema } from '../../../src/event-sourcing/postgres/unchanged-schema.js';
import type { Part } from './part.js';

const IN = 'event-sourcing/postgres';

@Entity('parcels')
class Parcel {
  @PrimaryColumn('text') id: string;
  @Column('date', { array: true }) days: string[];
  @Column('bigint', { transformer: { to: Number, from: (stored: number) => -stored } }) weight: number;
}

const columnOf = (name: string) =>
  metadataOf(Parcel).columns.find(({ propertyName }) => propertyName === name)!;
const { driver } = metadataOf(Parcel).dataSource;

export const TYPEORM_PARTS: readonly Part[] = [
  {
    library: 'typeorm',
    usedIn: `${IN}/pool.ts`,
    term: '.master',
    says: '`DataSource.driver.master` is the pool from `initialize` to `destroy`, and undefined before and after.',
    holds: async (url) => {
      const source = new DataSource({ type: 'postgres', url });
      expect(isConnected(source)).toBe(false);
      await source.initialize();
      expect(isConnected(source)).toBe(true);
      expect((await poolOf(source).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      await source.destroy();
      expect(isConnected(source)).toBe(false);
    },
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/replica-pools.ts`,
    term: '.slaves',
    says: '`DataSource.driver.slaves` are the pools of replicas, and `destroy` ends those that were added.',
    holds: async (url) => {
      const source = new DataSource({ type: 'postgres', url });
      await source.initialize();
      addReplicas(source, [url], () => undefined);
      const [pool] = ReplicaPool.of(source);
      const one = () => pool!.lend(({ statements }) => statements.query('select 1 as one'));
      expect(await one()).toEqual([{ one: 1 }]);
      await source.destroy();
      await expect(one()).rejects.toThrow('Cannot use a pool after calling end on the pool');
    },
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/replica-pools.ts`,
    term: 'databaseConnection: client',
    says: '`QueryRunner.databaseConnection` is the client on which the runner works, when it is set.',
    holds: onSource(async (source) => {
      addReplicas(source, [(source.options as { url: string }).url], () => undefined);
      const [pool] = ReplicaPool.of(source);
      await pool!.lend(async ({ statements, on }) => {
        const pid = 'select pg_backend_pid() as pid';
        expect(await on(source.getRepository(Parcel)).query(pid)).toEqual(await statements.query(pid));
      });
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/database.ts`,
    term: "emit('error'",
    says: 'a query runner whose client emits an error gives it back to the pool as a broken one.',
    holds: onSource(async (source) => {
      const runner = source.createQueryRunner();
      const client: Client = await runner.connect();
      client.emit('error', new Error('no more'));
      expect(runner.isReleased).toBe(true);
      expect(poolOf(source).totalCount).toBe(0);
      await runner.release();
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/database.ts`,
    term: 'runner.connect()',
    says: '`QueryRunner.connect` answers with the client of `pg` on which the runner works.',
    holds: onRunner(async (runner) => {
      const client: Client = await runner.connect();
      const pid = 'select pg_backend_pid() as pid';
      expect((await client.query(pid)).rows).toEqual(await runner.query(pid));
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/transaction-ends.ts`,
    term: 'transactionDepth',
    says: '`QueryRunner.transactionDepth` is 1 within a transaction, and one more within each savepoint.',
    holds: onRunner(async (runner) => {
      await runner.startTransaction();
      expect(ownDepthOf(runner)).toBe(1);
      await runner.startTransaction();
      expect(ownDepthOf(runner)).toBe(2);
      expect(depthOf(runner)).toBe(2);
      await runner.rollbackTransaction();
      expect(ownDepthOf(runner)).toBe(1);
      await runner.rollbackTransaction();
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/transaction-ends.ts`,
    term: 'runner.commitTransaction =',
    says: '`EntityManager.transaction` ends by the methods that its query runner has at that moment.',
    holds: onSource(async (source) => {
      const told: string[] = [];
      const ends = {
        beforeCommit: () => {
          if (told.at(-1) === 'before commit') return undefined; // nothing is left
          told.push('before commit');
          return Promise.resolve();
        },
        ended: (end: string, depth: number) => void told.push(`${end} of ${depth}`),
      };
      await source.transaction(async (manager) => {
        reportEnds(manager.queryRunner!, ends);
        await manager.transaction(async () => undefined);
      });
      expect(told).toEqual(['commit of 2', 'before commit', 'commit of 1']);
      const failing = source.transaction(async (manager) => {
        reportEnds(manager.queryRunner!, ends);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(told.at(-1)).toBe('rollback of 1');
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/transaction-ends.ts`,
    term: "text === 'COMMIT'",
    says: 'A query runner sends START TRANSACTION and COMMIT by the `query` that it has at that moment.',
    holds: onRunner(async (runner) => {
      const sent: string[] = [];
      const query = runner.query.bind(runner);
      runner.query = (...call: Parameters<typeof query>): Promise<any> => {
        sent.push(call[0]);
        return query(...call);
      };
      await runner.startTransaction();
      await runner.startTransaction();
      await runner.commitTransaction();
      await runner.commitTransaction();
      expect(sent.filter((text) => !text.includes('SAVEPOINT'))).toEqual(['START TRANSACTION', 'COMMIT']);
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/transaction-ends.ts`,
    term: 'isReleased',
    says: '`QueryRunner.isReleased` is true from `release` on, also in the middle of a transaction.',
    holds: onSource(async (source) => {
      const runner = source.createQueryRunner();
      await runner.startTransaction();
      expect([runner.isReleased, isInTransaction(runner)]).toEqual([false, true]);
      await runner.release();
      expect([runner.isReleased, isInTransaction(runner)]).toEqual([true, false]);
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/unchanged-schema.ts`,
    term: 'DataSource.prototype.initialize',
    says: 'all data sources are initialized by `DataSource.prototype.initialize`, which goes by their `options` then.',
    holds: async (url) => {
      const options = { type: 'postgres', url, dropSchema: true } as const;
      const source = await withUnchangedSchema(() => new DataSource(options).initialize());
      expect(source.options.dropSchema).toBe(false);
      await source.destroy();
    },
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/sharing-data-source.ts`,
    term: 'buildMetadatas',
    says: '`DataSource.buildMetadatas` makes the metadata of a data source that took its `driver` from another one.',
    holds: onSource(async (source) => {
      await source.query(
        'create schema beside; create table beside.parcels (id text, days date[], weight bigint)',
      );
      const shared = { application: source, running: () => undefined };
      const entities = { schema: 'beside', entities: [Parcel], areOfPackage: false };
      const sharing = await SharingDataSource.open(shared, entities);
      expect(sharing.getMetadata(Parcel).tablePath).toBe('beside.parcels');
      expect(await sharing.getRepository(Parcel).find()).toEqual([]);
      expect(source.hasMetadata(Parcel)).toBe(false);
      await source.query('drop schema beside cascade');
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/master-view.ts`,
    term: 'queryResultCache',
    says: 'repositories of a manager read by `createQueryRunner` and `queryResultCache` of the data source that made it.',
    holds: async (url) => {
      const source = await new DataSource({
        type: 'postgres',
        url,
        entities: [Parcel],
        cache: true,
      }).initialize();
      await source.query('create table parcels (id text, days date[], weight bigint)');
      const asked: unknown[] = [];
      const view = Object.create(source, {
        queryResultCache: { value: undefined },
        createQueryRunner: { value: (mode: unknown) => (asked.push(mode), source.createQueryRunner()) },
      }) as DataSource;
      const parcels = view.createEntityManager().getRepository(Parcel);
      expect(await parcels.find({ cache: true })).toEqual([]); // there is no table of cached results
      expect(asked).toEqual(['slave']);
      await source.query('drop table parcels');
      await source.destroy();
    },
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/sharing-data-source.ts`,
    term: 'createQueryRunner',
    says: 'repositories and builders get their connection of `DataSource.createQueryRunner`, and give it back.',
    holds: onSource(async (source) => {
      await source.query(
        'create schema beside; create table beside.parcels (id text, days date[], weight bigint)',
      );
      let running: QueryRunner | undefined;
      const shared = { application: source, running: () => running };
      const entities = { schema: 'beside', entities: [Parcel], areOfPackage: false };
      const parcels = (await SharingDataSource.open(shared, entities)).getRepository(Parcel);
      await source.transaction(async ({ queryRunner }) => {
        running = queryRunner;
        await queryRunner!.query("insert into beside.parcels (id, weight) values ('a', 1)");
        expect(await parcels.findOneBy({ id: 'a' })).toMatchObject({ id: 'a' });
        expect(await parcels.createQueryBuilder('parcel').getMany()).toHaveLength(1);
        expect(queryRunner!.isReleased).toBe(false);
        running = undefined;
        expect(await parcels.count()).toBe(0);
      });
      await source.query('drop schema beside cascade');
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/entity-metadata.ts`,
    term: 'EntityMetadataBuilder',
    says: '`EntityMetadataBuilder.build` makes the metadata of an entity without a connection.',
    holds: () => {
      const { tablePath, columns } = metadataOf(Parcel);
      expect(tablePath).toBe('parcels');
      expect(columns.map(({ databaseName }) => databaseName)).toEqual(['id', 'days', 'weight']);
    },
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/column-conversion.ts`,
    term: 'isArray: { value: false }',
    says: 'the driver converts by `isArray` and `transformer` of the metadata that it is given, own or inherited.',
    holds: () => {
      const element = asElement(columnOf('days'));
      expect(toStored(driver, element, '2025-01-01')).toBe('2025-01-01');
      expect(fromStored(driver, element, '2025-01-01')).toBe('2025-01-01');
      expect(fromStored(driver, asElement(columnOf('weight')), '7')).toBe('7');
    },
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/column-conversion.ts`,
    term: "type: { value: 'text' }",
    says: 'the driver applies the transformer, and nothing else, to a column whose metadata says "text".',
    holds: () => {
      expect(fromStored(driver, asUntyped(columnOf('weight')), 7)).toBe(-7);
      const day = new Date(0);
      expect(fromStored(driver, asUntyped(columnOf('days')), day)).toBe(day);
    },
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/column-conversion.ts`,
    term: 'normalizeType',
    says: '`driver.normalizeType` names the types that an entity has as classes or aliases as PostgreSQL does.',
    holds: () => {
      const named = (type: unknown) =>
        storedTypeOf(driver, Object.create(columnOf('id'), { type: { value: type } }));
      expect([Number, String, Date, 'int', 'timestamptz', 'varchar'].map(named)).toEqual([
        'integer',
        'character varying',
        'timestamp without time zone',
        'integer',
        'timestamp with time zone',
        'character varying',
      ]);
    },
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/column-conversion.ts`,
    term: 'target, propertyName',
    says: '`target` and `propertyName` of a column are the class and the name under which TypeScript noted its type.',
    holds: () => {
      expect(declaredClassOf(columnOf('weight'))).toBe(Number);
      expect(declaredClassOf(columnOf('id'))).toBe(String);
    },
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/sql-state.ts`,
    term: 'driverError',
    says: 'what `pg` throws is in `driverError` of what TypeORM throws.',
    holds: onSource(async (source) => {
      const error: unknown = await source.query('select 1 / 0').catch((each: unknown) => each);
      expect(error).toHaveProperty('driverError.code', '22012');
      expect(sqlStateOf(error)).toBe('22012');
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/transient-failure.ts`,
    term: "'Query runner already released'",
    says: 'a query runner that was released refuses in the words that are taken for a lost connection.',
    holds: onSource(async (source) => {
      const runner = source.createQueryRunner();
      await runner.connect();
      await runner.release();
      const error: unknown = await runner.query('select 1').catch((each: unknown) => each);
      expect(error).toBeInstanceOf(Error);
      expect([(error as Error).message, isTransient(error)]).toEqual([
        expect.stringMatching(/already released/),
        true,
      ]);
    }),
  },
  {
    library: 'typeorm',
    usedIn: `${IN}/transient-failure.ts`,
    term: "'Driver not Connected'",
    says: 'a data source that was destroyed refuses with "Driver not Connected".',
    holds: async (url) => {
      const source = await new DataSource({ type: 'postgres', url }).initialize();
      await source.destroy();
      const error: unknown = await source.query('select 1').catch((each: unknown) => each);
      expect([(error as Error).message, isTransient(error)]).toEqual([
        expect.stringMatching(/^Driver not Connected/),
        true,
      ]);
    },
  },
];

const ownDepthOf = (runner: QueryRunner) =>
  (runner as unknown as { transactionDepth: number }).transactionDepth;

function onSource(work: (source: DataSource) => Promise<void>): Part['holds'] {
  return async (url) => {
    const source = await new DataSource({ type: 'postgres', url }).initialize();
    try {
      await work(source);
    } finally {
      await source.destroy();
    }
  };
}

function onRunner(work: (runner: QueryRunner) => Promise<void>): Part['holds'] {
  return onSource(async (source) => {
    const runner = source.createQueryRunner();
    try {
      await work(runner);
    } finally {
      await runner.release();
    }
  });
}
