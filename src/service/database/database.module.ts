import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { addReplicas } from '../../event-sourcing/for-service.js';
import { replicasOf, type Settings } from '../config/settings.js';
import { dataSourceOptions, warnOfLoss } from './data-source-options.js';
import { migrate } from './migrate.js';
import { unusableDatabase } from './unusable-database.js';

export interface DatabaseOptions {
  /** Whether the schema is brought up to date before it is used. Default: true. */
  migrate?: boolean;
}

/** The service's data source. */
@Module({})
export class DatabaseModule {
  static forRoot(
    settings: Settings,
    url: string,
    { migrate: migrates = true }: DatabaseOptions = {},
  ): DynamicModule {
    const { DATABASE_SCHEMA, DATABASE_POOL_SIZE, DATABASE_QUERY_TIMEOUT_MS } = settings;
    return TypeOrmModule.forRootAsync({
      useFactory: () => ({
        ...dataSourceOptions(url, DATABASE_SCHEMA, DATABASE_POOL_SIZE, DATABASE_QUERY_TIMEOUT_MS),
        retryAttempts: 0,
      }),
      dataSourceFactory: async (options) => {
        const dataSource = await open(options!, url);
        addReplicas(dataSource, replicasOf(settings), warnOfLoss);
        if (!migrates) return dataSource;
        const applied = await migrate(dataSource, DATABASE_SCHEMA);
        if (applied.length > 0) new Logger('Database').log(`Migrated: ${applied.join(', ')}`);
        return dataSource;
      },
    });
  }
}

async function open(options: DataSourceOptions, url: string): Promise<DataSource> {
  try {
    return await new DataSource(options).initialize();
  } catch (cause) {
    throw unusableDatabase(url, cause);
  }
}
