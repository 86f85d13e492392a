import { Get, type StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation } from '@nestjs/swagger';
import { LiveConnections } from '../event-sourcing/for-service.js';
import { LiveFeed } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { later, ReadAfter } from '../api/request/headers.js';
import { Client, type LiveClient } from '../api/live/live-client.js';
import { rowFeed } from '../api/live/row-feed.js';
import { Answers, AnswersOrFeeds } from '../api/route/route-answers.js';
import { TakesReadAfter } from '../api/route/route-headers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Query } from '../api/request/validated.js';
import { ProfileGone, ProfileNotFound } from './profile-not-found.error.js';
import { ProfilePage, ProfileView } from './profile-view.js';
import { GetUserProfile } from './queries/get-user-profile.query.js';
import { ListUserProfiles } from './queries/list-user-profiles.query.js';
import { afterProfile, cursorOf } from './profile-cursor.js';
import { ProfileListQuery, UserId } from './user-profile.requests.js';
import { EXAMPLE_USER } from '../api/example-user.js';

@ApiController('users', 'User profiles')
export class UserProfileController {
  constructor(
    private readonly queries: QueryBus,
    private readonly live: LiveFeed,
    private readonly connections: LiveConnections,
  ) {}

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
  @AnswersOrFeeds(ProfileView)
  @AnswersProblems(new ProfileNotFound(EXAMPLE_USER.id), new ProfileGone(EXAMPLE_USER.id))
  profile(
    @UserId() userId: string,
    @Client() client: LiveClient,
    @ReadAfter() readAfter?: number,
  ): Promise<ProfileView | StreamableFile> {
    const read = (after?: number) =>
      this.queries.execute(new GetUserProfile(userId, later(after, readAfter)));
    if (!client.wantsFeed) return read();
    const { live, connections } = this;
    return rowFeed(client, { live, connections }, { projection: 'user-profile', key: userId, read });
  }
}
