import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule } from '../event-sourcing/index.js';
import { GetUserProfileHandler } from './queries/get-user-profile.query.js';
import { ListUserProfilesHandler } from './queries/list-user-profiles.query.js';
import { ProfileLookup } from './queries/profile-lookup.js';
import { UserProfileController } from './user-profile.controller.js';
import { UserProfile } from './user-profile.entity.js';
import { UserProfileProjection } from './user-profile.projection.js';

/** Read model: what is known of each user. */
@Module({
  imports: [TypeOrmModule.forFeature([UserProfile]), EventSourcingModule.forFeature({ rows: [UserProfile] })],
  controllers: [UserProfileController],
  providers: [UserProfileProjection, ProfileLookup, GetUserProfileHandler, ListUserProfilesHandler],
})
export class UserProfileModule {}
