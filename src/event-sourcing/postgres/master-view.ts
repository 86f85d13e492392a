import type { DataSource } from 'typeorm';

/**
 * A data source whose reads are of the master, and none is answered from a cache of results: the same one, where it has
 * neither replicas nor a cache.
 *
 * It inherits from the data source, and is no other one: libraries have bound that to the transactions of the
 * application, and know its repositories by it.
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
