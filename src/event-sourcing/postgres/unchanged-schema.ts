import { DataSource } from 'typeorm';

/** What TypeORM does to a schema when a data source is initialized, by its options. */
const CHANGES = { dropSchema: false, migrationsRun: false, synchronize: false };

type Initialize = (this: DataSource) => Promise<DataSource>;

/**
 * Lets an application initialize its data sources without the changes of their schema that it has asked for: an
 * operator who lists keys must not migrate a database, or drop it. TypeORM has no other place that all data sources
 * come by.
 *
 * @param open ends when the data sources are initialized
 */
export async function withUnchangedSchema<Result>(open: () => Promise<Result>): Promise<Result> {
  const initialize: Initialize = Reflect.get(DataSource.prototype, 'initialize');
  DataSource.prototype.initialize = function (this: DataSource) {
    // A copy, since the object is the application's own.
    Object.assign(this, { options: { ...this.options, ...CHANGES } });
    return initialize.call(this);
  };
  try {
    return await open();
  } finally {
    DataSource.prototype.initialize = initialize;
  }
}
