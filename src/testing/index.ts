export { givenAggregate, type Decision, type EventOf, type GivenAggregate } from './given-aggregate.js';
export { givenReadModel, rowsOf, type FoldedReadModel, type GivenReadModel } from './given-read-model.js';
export type { Dependency } from './handler-under-test.js';
export { settle, type SettleOptions } from './settle.js';
export { startTestApplication, testModule, type TestModuleOptions } from './test-application.js';
export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.js';
export { startTestServer } from './test-server.js';
