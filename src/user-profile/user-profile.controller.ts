import { Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse } from '@nestjs/swagger';
import { ApiController, TakesReadAfter } from '../http/api-controller.js';
import { ReadAfter } from '../http/headers.js';
import { ProfilePage, ProfileView } from './profile-view.js';
import { GetUserProfile } from './queries/get-user-profile.query.js';
import { ListUserProfiles } from './queries/list-user-profiles.query.js';
import { afterProfile, cursorOf } from './profile-cursor.js';
import { ProfileListQuery, ProfileParam } from './user-profile.requests.js';

@ApiController('users', 'User profiles')
export class UserProfileController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @TakesReadAfter()
  @ApiOkResponse({ type: ProfilePage })
  async list(@Query() query: ProfileListQuery, @ReadAfter() readAfter?: number): Promise<ProfilePage> {
    const { limit, cursor, ...filter } = query;
    const after = afterProfile(cursor, filter);
    const { profiles, more } = await this.queries.execute(
      new ListUserProfiles(filter, limit, after, readAfter),
    );
    return { items: profiles, nextCursor: more ? cursorOf(profiles.at(-1)!, filter) : null };
  }

  @Get(':userId/profile')
  @TakesReadAfter()
  @ApiOkResponse({ type: ProfileView })
  profile(@Param() { userId }: ProfileParam, @ReadAfter() readAfter?: number): Promise<ProfileView> {
    return this.queries.execute(new GetUserProfile(userId, readAfter));
  }
}
