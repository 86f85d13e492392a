import type { Type } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** The application's data source, with its connections and transactions, seen with other entities in another schema. */
export class SharingDataSource extends DataSource {
  static async open(application: DataSource, schema: string, entities: readonly Type<object>[]) {
    const source = new SharingDataSource({
      ...application.options,
      schema,
      entityPrefix: '',
      entities: [...entities],
      subscribers: [],
      migrations: [],
      cache: false,
    } as DataSource['options']);
    Object.assign(source, { driver: application.driver });
    await source.buildMetadatas();
    return source;
  }
}
