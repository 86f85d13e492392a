import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { EventSourcingModule, type FeatureOptions } from '../event-sourcing/index.js';
import { GetUserProfileHandler } from './queries/get-user-profile.query.js';
import { ListUserProfilesHandler } from './queries/list-user-profiles.query.js';
import { ProfileLookup } from './queries/profile-lookup.js';
import { UserProfileController } from './user-profile.controller.js';
import { UserProfile } from './user-profile.entity.js';
import { UserProfileProjection } from './user-profile.projection.js';

/** Read model: what is known of each user. */
@Module(parts())
export class UserProfileModule {
  static forRoot(options: FeatureOptions = {}): DynamicModule {
    return { module: UserProfileModuleWithOptions, ...parts(options) };
  }
}

@Module({})
class UserProfileModuleWithOptions {}

function parts({ store, controllers = true }: FeatureOptions = {}): ModuleMetadata {
  return {
    imports: [EventSourcingModule.forFeature({ store, rows: [UserProfile] })],
    controllers: controllers ? [UserProfileController] : [],
    providers: [UserProfileProjection, ProfileLookup, GetUserProfileHandler, ListUserProfilesHandler],
  };
}
