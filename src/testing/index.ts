export { givenAggregate, type Decision, type EventOf, type GivenAggregate } from './given-aggregate.js';
export { givenReadModel, rowsOf, type FoldedReadModel, type GivenReadModel } from './given-read-model.js';
export type { Dependency } from './handler-under-test.js';
