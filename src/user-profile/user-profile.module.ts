import { type DynamicModule, Module } from '@nestjs/common';
import { EventSourcingModule, FeatureModule, type FeatureOptions } from '../event-sourcing/index.js';
import { GetUserProfileHandler } from './queries/get-user-profile.query.js';
import { ListUserProfilesHandler } from './queries/list-user-profiles.query.js';
import { ProfileLookup } from './queries/profile-lookup.js';
import { UserProfileController } from './user-profile.controller.js';
import { UserProfile } from './user-profile.entity.js';
import { UserProfileProjection } from './user-profile.projection.js';

/** Read model: what is known of each user. */
@Module({})
export class UserProfileModule extends FeatureModule {
  static forRoot({ store, controllers = true }: FeatureOptions = {}): DynamicModule {
    return FeatureModule.configured({
      module: UserProfileModule,
      imports: [EventSourcingModule.forFeature({ store, rows: [UserProfile] })],
      controllers: controllers ? [UserProfileController] : [],
      providers: [UserProfileProjection, ProfileLookup, GetUserProfileHandler, ListUserProfilesHandler],
    });
  }
}
