import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { EventSourcingModule } from '../event-sourcing/index.js';
import {
  provideAccess,
  resolveAccess,
  ROUTED_RULES,
  type RoutedFeatureOptions,
} from '../api/access/access.js';
import { HiddenRoutes } from '../api/route/hidden-routes.js';
import { DeactivateUserHandler } from './commands/deactivate-user.command.js';
import { EraseUserHandler } from './commands/erase-user.command.js';
import { ReactivateUserHandler } from './commands/reactivate-user.command.js';
import { RegisterUserHandler } from './commands/register-user.command.js';
import { SubscribeToPlanHandler } from './commands/subscribe-to-plan.command.js';
import { UpdatePreferencesHandler } from './commands/update-preferences.command.js';
import { GetUserDataHandler } from './queries/get-user-data.query.js';
import { GetUserHistoryHandler } from './queries/get-user-history.query.js';
import { GetUserHandler } from './queries/get-user.query.js';
import { EmailReservations } from './email-reservations.js';
import { EmailReleased, EmailReserved, USER_EVENTS } from './user.events.js';
import { UserErasure } from './user-erasure.js';
import { UserErasureController } from './user-erasure.controller.js';
import { UserRepository } from './user.repository.js';
import { UsersController } from './users.controller.js';

/** The commands and queries that an application may send: `index.ts` exports them with the module. */
export { DeactivateUser } from './commands/deactivate-user.command.js';
export { EraseUser } from './commands/erase-user.command.js';
export { ReactivateUser } from './commands/reactivate-user.command.js';
export { RegisterUser } from './commands/register-user.command.js';
export { SubscribeToPlan } from './commands/subscribe-to-plan.command.js';
export { UpdatePreferences } from './commands/update-preferences.command.js';
export { GetUserData, type UserData } from './queries/get-user-data.query.js';
export { GetUserHistory, type HistoryPage } from './queries/get-user-history.query.js';
export { GetUser, type UserView } from './queries/get-user.query.js';

/** The write model of accounts. */
@Module(parts())
export class UsersModule {
  /** @throws InvalidOptionsError */
  static forRoot(options: RoutedFeatureOptions = {}): DynamicModule {
    const resolved = resolveAccess(options, ROUTED_RULES, 'UsersModule.forRoot');
    return { module: UsersModuleWithOptions, ...parts(resolved) };
  }
}

/** It inherits only the path that `RouterModule` gives to the module above. */
@Module({ imports: [], controllers: [], providers: [], exports: [] })
class UsersModuleWithOptions extends UsersModule {}

function parts({ store, controllers = true, ...access }: RoutedFeatureOptions = {}): ModuleMetadata {
  return {
    imports: [
      EventSourcingModule.forFeature({ store, events: [...USER_EVENTS, EmailReserved, EmailReleased] }),
    ],
    controllers: controllers ? [UsersController, UserErasureController] : [],
    providers: [
      ...(controllers ? [HiddenRoutes] : []),
      provideAccess(access),
      UserRepository,
      EmailReservations,
      RegisterUserHandler,
      SubscribeToPlanHandler,
      UpdatePreferencesHandler,
      DeactivateUserHandler,
      ReactivateUserHandler,
      EraseUserHandler,
      UserErasure,
      GetUserHandler,
      GetUserHistoryHandler,
      GetUserDataHandler,
    ],
    exports: [UserRepository],
  };
}
