import { Logger } from '@nestjs/common';
import type { DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/index.js';

/** The data source of the standalone service. A host application brings its own. */
export function dataSourceOptions(url: string, schema: string, poolSize: number): DataSourceOptions {
  const logger = new Logger('Database');
  return {
    type: 'postgres',
    url,
    schema,
    poolSize,
    applicationName: 'eventfold',
    connectTimeoutMS: 5_000,
    migrations,
    migrationsTableName: 'migrations',
    installExtensions: false,
    // An idle connection that dies is replaced at the next use; without a listener it would end the process.
    poolErrorHandler: (error: Error) => logger.warn(`A pooled connection was lost: ${error.message}`),
  };
}
