import type { DataSource } from 'typeorm';

/**
 * The data source, with all reads sent to the master and none answered from a cache of results. It is the data source
 * itself when that has neither replicas nor a cache.
 *
 * The view inherits from the data source instead of being a new one: libraries have bound the data source to
 * transactions of the application, and recognize its repositories by it.
 */
export function masterViewOf(dataSource: DataSource): DataSource {
  const { cache, ...others } = dataSource.options;
  if (!cache && !('replication' in others && others.replication)) return dataSource;
  const view = Object.create(dataSource) as DataSource;
  Object.defineProperties(view, {
    queryResultCache: { value: undefined },
    createQueryRunner: { value: () => dataSource.createQueryRunner.call(view, 'master') },
  });
  return Object.defineProperty(view, 'manager', { value: view.createEntityManager() });
}
