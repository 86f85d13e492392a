/** `nest-eventfold/operations`: the routes of operators, for an application of yours. */
export { OperationsModule } from './operations.module.js';
export type { OperationsOptions } from './operations-options.js';
export type { AccessOptions } from '../api/access/access.js';
export { rememberActor, type Actor } from '../api/access/actor.js';
