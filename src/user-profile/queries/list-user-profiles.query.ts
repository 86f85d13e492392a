import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { ProjectionProgress } from '../../event-sourcing/index.js';
import type { Plan } from '../../users/user.events.js';
import { type ProfileView, viewOf } from '../profile-view.js';
import { UserProfile } from '../user-profile.entity.js';

export interface ProfileFilter {
  plan?: Plan;
  isActive?: boolean;
  genre?: string;
}

/** Where a page begins: after the profile with this registration date and id. */
export interface AfterProfile {
  registrationDate: Date;
  userId: string;
}

/** Profiles, newest registration first. The next page begins after the last profile of a page. */
export class ListUserProfiles extends Query<{ profiles: ProfileView[]; more: boolean }> {
  constructor(
    readonly filter: ProfileFilter,
    readonly limit: number,
    readonly after?: AfterProfile,
    readonly readAfter?: number,
  ) {
    super();
  }
}

@QueryHandler(ListUserProfiles)
export class ListUserProfilesHandler implements IQueryHandler<ListUserProfiles> {
  constructor(
    @InjectRepository(UserProfile) private readonly profiles: Repository<UserProfile>,
    private readonly progress: ProjectionProgress,
  ) {}

  async execute(list: ListUserProfiles) {
    const found = await this.progress.read('user-profile', list.readAfter, (on) =>
      this.queryOf(list, on(this.profiles)).getMany(),
    );
    return { profiles: found.slice(0, list.limit).map(viewOf), more: found.length > list.limit };
  }

  private queryOf({ filter, limit, after }: ListUserProfiles, profiles: Repository<UserProfile>) {
    const query = profiles
      .createQueryBuilder('profile')
      .orderBy('profile.registrationDate', 'DESC')
      .addOrderBy('profile.userId', 'DESC')
      .limit(limit + 1);
    const { plan, isActive, genre } = filter;
    if (plan !== undefined) query.andWhere('profile.subscriptionPlan = :plan', { plan });
    if (isActive !== undefined) query.andWhere('profile.isActive = :isActive', { isActive });
    if (genre !== undefined) query.andWhere('profile.favoriteGenres @> :genres', { genres: [genre] });
    if (after !== undefined) {
      query.andWhere('(profile.registrationDate, profile.userId) < (:registrationDate, :userId)', after);
    }
    return query;
  }
}
