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
 */
export class SharingDataSource extends DataSource {
  static async open(application: DataSource, { schema, entities, areOfPackage }: SharedEntities) {
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
    Object.assign(source, { driver: application.driver });
    await source.buildMetadatas();
    return source;
  }

  /** Whichever mode is asked for. */
  override createQueryRunner(): QueryRunner {
    return super.createQueryRunner('master');
  }
}
