import type { Type } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';

/** What an application says of its own entities and queries, and which those of this package go without. */
const OF_THE_APPLICATION = {
  namingStrategy: undefined,
  entitySkipConstructor: undefined,
  invalidWhereValuesBehavior: undefined,
  isolateWhereStatements: undefined,
  relationLoadStrategy: undefined,
  typename: undefined,
};

/** What of an application is shared: its connections, and the transaction of it that is running, if there is one. */
export interface Shared {
  application: DataSource;
  running: () => QueryRunner | undefined;
}

/** Entities that the application's data source does not know. */
export interface SharedEntities {
  schema: string;
  entities: readonly Type<object>[];
  /** Whether the package brings them: their tables have the names that they say, whatever the application prefers. */
  areOfPackage: boolean;
}

/**
 * The application's data source, with its connections and transactions, seen with other entities in another schema. All
 * its reads are of the master, and none is answered from a cache: they follow a look at a checkpoint, which is there.
 *
 * In a running transaction its repositories read by the connection of that one. Each would take a second connection
 * otherwise: as many requests as the pool has connections, each in a transaction, would wait for each other for ever.
 */
export class SharingDataSource extends DataSource {
  private running: Shared['running'] = () => undefined;

  static async open({ application, running }: Shared, { schema, entities, areOfPackage }: SharedEntities) {
    const source = new SharingDataSource({
      ...application.options,
      ...(areOfPackage && OF_THE_APPLICATION),
      schema,
      entityPrefix: '',
      entities: [...entities],
      subscribers: [],
      migrations: [],
      cache: false,
    } as DataSource['options']);
    Object.assign(source, { driver: application.driver, running });
    await source.buildMetadatas();
    return source;
  }

  /** By the master, whichever mode is asked for. */
  override createQueryRunner(): QueryRunner {
    const runner = this.running();
    return runner === undefined ? super.createQueryRunner('master') : lent(runner);
  }
}

/** The runner of a transaction, for one who would give it back: the transaction goes on with it. */
const lent = (runner: QueryRunner): QueryRunner =>
  new Proxy(runner, {
    get(target, name) {
      if (name === 'release') return () => Promise.resolve();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
