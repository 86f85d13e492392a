import { DataSource } from 'typeorm';

/** The options with which TypeORM changes a schema when a data source is initialized, switched off. */
const CHANGES = { dropSchema: false, migrationsRun: false, synchronize: false };

type Initialize = (this: DataSource) => Promise<DataSource>;

/**
 * Lets an application initialize its data sources without the changes of their schemas that its options ask for: an
 * operator who lists keys must not migrate or drop a database. This is the only place in TypeORM that all data sources
 * pass.
 *
 * @param open resolves when the data sources are initialized
 */
export async function withUnchangedSchema<Result>(open: () => Promise<Result>): Promise<Result> {
  const initialize: Initialize = Reflect.get(DataSource.prototype, 'initialize');
  DataSource.prototype.initialize = function (this: DataSource) {
    // A copy, since the application owns the object.
    Object.assign(this, { options: { ...this.options, ...CHANGES } });
    return initialize.call(this);
  };
  try {
    return await open();
  } finally {
    DataSource.prototype.initialize = initialize;
  }
}
