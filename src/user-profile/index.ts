/** `nest-eventfold/user-profile`: the read model of users. */
export { ProfileNotFound } from './profile-not-found.error.js';
export { ProfileView } from './profile-view.js';
export { GetUserProfile } from './queries/get-user-profile.query.js';
export {
  ListUserProfiles,
  type AfterProfile,
  type ProfileFilter,
} from './queries/list-user-profiles.query.js';
export { UserProfile } from './user-profile.entity.js';
export { UserProfileModule } from './user-profile.module.js';
export { UserProfileProjection } from './user-profile.projection.js';
