/** `nest-eventfold/users`: accounts, and what a guard of a host needs to know of a route. */
export type { AccessOptions, RoutedFeatureOptions } from '../api/access/access.js';
export { rememberActor, type Actor } from '../api/access/actor.js';
export { ruleOf, type AccessRule } from '../api/access/allow.decorator.js';
export { DeactivateUser } from './commands/deactivate-user.command.js';
export { ReactivateUser } from './commands/reactivate-user.command.js';
export { RegisterUser } from './commands/register-user.command.js';
export { SubscribeToPlan } from './commands/subscribe-to-plan.command.js';
export { UpdatePreferences } from './commands/update-preferences.command.js';
export type { UserReceipt } from './commands/user-receipt.js';
export { GetUserHistory, type HistoryPage } from './queries/get-user-history.query.js';
export { GetUser, type UserView } from './queries/get-user.query.js';
export { UserInvalid, UserNotFound, UserRefused } from './user.errors.js';
export {
  EmailReserved,
  PLANS,
  UserDeactivated,
  UserPreferencesUpdated,
  UserReactivated,
  UserRegistered,
  UserSubscribed,
  type Plan,
  type UserEvent,
} from './user.events.js';
export { UserRepository } from './user.repository.js';
export { User, type UserState } from './user.js';
export { UsersModule } from './users.module.js';
