/** `nest-eventfold/user-profile`: the read model of users. */
export { ProfileNotFound } from './profile-not-found.error.js';
export { ProfileView } from './profile-view.js';
export { UserProfile } from './user-profile.entity.js';
export * from './user-profile.module.js';
export { UserProfileProjection } from './user-profile.projection.js';
