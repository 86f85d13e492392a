/** `nest-eventfold/users`: accounts, and the rules of their routes for a guard of a host. */
export type { AccessOptions, RoutedFeatureOptions } from '../api/access/access.js';
export { rememberActor, type Actor } from '../api/access/actor.js';
export { ruleOf, type AccessRule } from '../api/access/allow.decorator.js';
export type { UserReceipt } from './commands/user-receipt.js';
export { UserGone, UserInvalid, UserNotFound, UserRefused } from './user.errors.js';
export * from './user.events.js';
export { UserRepository } from './user.repository.js';
export { User, type UserState } from './user.js';
export * from './users.module.js';
