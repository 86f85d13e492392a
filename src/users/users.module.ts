import { type DynamicModule, Module } from '@nestjs/common';
import { EventSourcingModule, FeatureModule, type FeatureOptions } from '../event-sourcing/index.js';
import { DeactivateUserHandler } from './commands/deactivate-user.command.js';
import { ReactivateUserHandler } from './commands/reactivate-user.command.js';
import { RegisterUserHandler } from './commands/register-user.command.js';
import { SubscribeToPlanHandler } from './commands/subscribe-to-plan.command.js';
import { UpdatePreferencesHandler } from './commands/update-preferences.command.js';
import { GetUserHistoryHandler } from './queries/get-user-history.query.js';
import { GetUserHandler } from './queries/get-user.query.js';
import { EmailReserved, USER_EVENTS } from './user.events.js';
import { UserRepository } from './user.repository.js';
import { UsersController } from './users.controller.js';

/** The write model of accounts. */
@Module({})
export class UsersModule extends FeatureModule {
  static forRoot({ store, controllers = true }: FeatureOptions = {}): DynamicModule {
    return FeatureModule.configured({
      module: UsersModule,
      imports: [EventSourcingModule.forFeature({ store, events: [...USER_EVENTS, EmailReserved] })],
      controllers: controllers ? [UsersController] : [],
      providers: [
        UserRepository,
        RegisterUserHandler,
        SubscribeToPlanHandler,
        UpdatePreferencesHandler,
        DeactivateUserHandler,
        ReactivateUserHandler,
        GetUserHandler,
        GetUserHistoryHandler,
      ],
      exports: [UserRepository],
    });
  }
}
