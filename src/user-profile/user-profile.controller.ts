import { Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation } from '@nestjs/swagger';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { ReadAfter } from '../api/request/headers.js';
import { Answers } from '../api/route/route-answers.js';
import { TakesReadAfter } from '../api/route/route-headers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Query } from '../api/request/validated.js';
import { ProfileNotFound } from './profile-not-found.error.js';
import { ProfilePage, ProfileView } from './profile-view.js';
import { GetUserProfile } from './queries/get-user-profile.query.js';
import { ListUserProfiles } from './queries/list-user-profiles.query.js';
import { afterProfile, cursorOf } from './profile-cursor.js';
import { ProfileListQuery, UserId } from './user-profile.requests.js';
import { EXAMPLE_USER } from '../api/example-user.js';

@ApiController('users', 'User profiles')
export class UserProfileController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Allow('admin')
  @ApiOperation({ operationId: 'listUserProfiles', summary: 'Profiles, the newest registration first' })
  @TakesReadAfter('user-profile')
  @Answers(200, ProfilePage)
  async list(@Query() query: ProfileListQuery, @ReadAfter() readAfter?: number): Promise<ProfilePage> {
    const { limit, cursor, ...filter } = query;
    const after = afterProfile(cursor, filter);
    const { profiles, more } = await this.queries.execute(
      new ListUserProfiles(filter, limit, after, readAfter),
    );
    return { items: profiles, nextCursor: more ? cursorOf(profiles.at(-1)!, filter) : null };
  }

  @Get(':userId/profile')
  @Allow('self')
  @ApiOperation({ operationId: 'getUserProfile', summary: 'The profile of a user' })
  @TakesReadAfter('user-profile')
  @Answers(200, ProfileView)
  @AnswersProblems(new ProfileNotFound(EXAMPLE_USER.id))
  profile(@UserId() userId: string, @ReadAfter() readAfter?: number): Promise<ProfileView> {
    return this.queries.execute(new GetUserProfile(userId, readAfter));
  }
}
