import { Logger } from '@nestjs/common';
import type { DataSourceOptions } from 'typeorm';
import { migrations } from '../../../migrations/index.js';
import { clientWithQueryTimeout } from '../../event-sourcing/for-service.js';

/**
 * The data source of the standalone service. A host application brings its own.
 *
 * @param queryTimeoutMs for statements outside transactions; 0: none
 */
export function dataSourceOptions(
  url: string,
  schema: string,
  poolSize: number,
  queryTimeoutMs = 0,
): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    schema,
    poolSize,
    applicationName: 'eventfold',
    connectTimeoutMS: 5_000,
    extra: {
      keepAlive: true, // so that the end of a machine is noticed also in a transaction
      keepAliveInitialDelayMillis: 10_000,
      ...(queryTimeoutMs > 0 && { Client: clientWithQueryTimeout(queryTimeoutMs) }),
    },
    migrations,
    migrationsTableName: 'migrations',
    installExtensions: false,
    // An idle connection that dies is replaced at the next use; without a listener it would end the process.
    poolErrorHandler: warnOfLoss,
  };
}

export const warnOfLoss = ({ message }: Error): void =>
  new Logger('Database').warn(`A pooled connection was lost: ${message}`);
