// The built service in an application that binds its data sources to the transaction of the async context, by
// `typeorm-transactional`. It opens such a transaction around every command and every request for events.

import { CommandBus } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import {
  addTransactionalDataSource,
  initializeTransactionalContext,
  runInTransaction,
  StorageDriver,
} from 'typeorm-transactional';

initializeTransactionalContext({ storageDriver: StorageDriver.ASYNC_LOCAL_STORAGE });

const initialize = Reflect.get(DataSource.prototype, 'initialize');
let dataSources = 0;
DataSource.prototype.initialize = function initializeBound() {
  addTransactionalDataSource({ name: `bound_${dataSources++}`, dataSource: this });
  return initialize.call(this);
};

const execute = Reflect.get(CommandBus.prototype, 'execute');
CommandBus.prototype.execute = function executeBound(...command) {
  return runInTransaction(() => execute.apply(this, command), { connectionName: 'bound_0' });
};

await import('../../../dist/service/main.js');
