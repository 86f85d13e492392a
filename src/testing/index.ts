export { givenAggregate, type Decision, type EventOf, type GivenAggregate } from './given-aggregate.js';
