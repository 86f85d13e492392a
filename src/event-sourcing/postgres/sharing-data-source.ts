import type { Type } from '@nestjs/common';
import { DataSource, type QueryRunner } from 'typeorm';

/** What of an application is shared: its connections, and the transaction of it that is running, if there is one. */
export interface Shared {
  application: DataSource;
  running(): QueryRunner | undefined;
}

/**
 * The application's data source, with its connections and transactions, seen with other entities in another schema.
 *
 * In a running transaction its repositories read by the connection of that one. Each would take a second connection
 * otherwise: as many requests as the pool has connections, each in a transaction, would wait for each other for ever.
 */
export class SharingDataSource extends DataSource {
  private running: Shared['running'] = () => undefined;

  static async open({ application, running }: Shared, schema: string, entities: readonly Type<object>[]) {
    const source = new SharingDataSource({
      ...application.options,
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

  override createQueryRunner(mode?: Parameters<DataSource['createQueryRunner']>[0]): QueryRunner {
    const runner = this.running();
    return runner === undefined ? super.createQueryRunner(mode) : lent(runner);
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
