import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { EventSourcingModule } from '../event-sourcing/index.js';
import {
  provideAccess,
  resolveAccess,
  ROUTED_RULES,
  type RoutedFeatureOptions,
} from '../api/access/access.js';
import { HiddenRoutes } from '../api/route/hidden-routes.js';
import { GetUserProfileHandler } from './queries/get-user-profile.query.js';
import { ListUserProfilesHandler } from './queries/list-user-profiles.query.js';
import { ProfileLookup } from './queries/profile-lookup.js';
import { UserProfileController } from './user-profile.controller.js';
import { UserProfile } from './user-profile.entity.js';
import { UserProfileProjection } from './user-profile.projection.js';

/** The queries that an application may send: `index.ts` exports them with the module. */
export { GetUserProfile } from './queries/get-user-profile.query.js';
export {
  ListUserProfiles,
  type AfterProfile,
  type ProfileFilter,
} from './queries/list-user-profiles.query.js';

/** The read model of users. */
@Module(parts())
export class UserProfileModule {
  /** @throws InvalidOptionsError */
  static forRoot(options: RoutedFeatureOptions = {}): DynamicModule {
    const resolved = resolveAccess(options, ROUTED_RULES, 'UserProfileModule.forRoot');
    return { module: UserProfileModuleWithOptions, ...parts(resolved) };
  }
}

/** It inherits only the path that `RouterModule` gives to the module above. */
@Module({ imports: [], controllers: [], providers: [], exports: [] })
class UserProfileModuleWithOptions extends UserProfileModule {}

function parts({ store, controllers = true, ...access }: RoutedFeatureOptions = {}): ModuleMetadata {
  return {
    imports: [EventSourcingModule.forFeature({ store, rows: [UserProfile] })],
    controllers: controllers ? [UserProfileController] : [],
    providers: [
      ...(controllers ? [HiddenRoutes] : []),
      provideAccess(access),
      UserProfileProjection,
      ProfileLookup,
      GetUserProfileHandler,
      ListUserProfilesHandler,
    ],
  };
}
