import type { Type } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';

/** Options that an application sets for its own entities and queries. The entities of this package do without them. */
const OF_THE_APPLICATION = {
  namingStrategy: undefined,
  entitySkipConstructor: undefined,
  invalidWhereValuesBehavior: undefined,
  isolateWhereStatements: undefined,
  relationLoadStrategy: undefined,
  typename: undefined,
};

/** The shared parts of an application: its connections, and its running transaction, if there is one. */
export interface Shared {
  application: DataSource;
  running: () => QueryRunner | undefined;
}

/** Entities that the application's data source does not know. */
export interface SharedEntities {
  schema: string;
  entities: readonly Type<object>[];
  /** Whether the package brings these entities. The application's naming strategy does not change their tables. */
  areOfPackage: boolean;
}

/**
 * The application's connections and transactions, with other entities in another schema. All reads go to the master,
 * and no cache answers them: a query reads after a look at the checkpoint, which is on the master.
 *
 * In a running transaction, its repositories read through the connection of that transaction. Otherwise each would need
 * a second connection: when as many transactions as the pool has connections did so, all would wait for each other for
 * ever.
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

  /** Reads go to the master in every mode. */
  override createQueryRunner(): QueryRunner {
    const runner = this.running();
    return runner === undefined ? super.createQueryRunner('master') : lent(runner);
  }
}

/** The runner of a running transaction, for code that releases its runner: `release` does nothing here. */
const lent = (runner: QueryRunner): QueryRunner =>
  new Proxy(runner, {
    get(target, name) {
      if (name === 'release') return () => Promise.resolve();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
