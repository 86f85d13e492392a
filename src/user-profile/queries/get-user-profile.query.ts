import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { ProjectionProgress } from '../../event-sourcing/index.js';
import { UserProfile } from '../user-profile.entity.js';
import { ProfileNotFound } from '../profile-not-found.error.js';
import { type ProfileView, viewOf } from '../profile-view.js';

export class GetUserProfile extends Query<ProfileView> {
  constructor(
    readonly userId: string,
    readonly readAfter?: number,
  ) {
    super();
  }
}

@QueryHandler(GetUserProfile)
export class GetUserProfileHandler implements IQueryHandler<GetUserProfile> {
  constructor(
    @InjectRepository(UserProfile) private readonly profiles: Repository<UserProfile>,
    private readonly progress: ProjectionProgress,
  ) {}

  async execute({ userId, readAfter }: GetUserProfile): Promise<ProfileView> {
    await this.progress.waitFor('user-profile', readAfter);
    const profile = await this.profiles.findOneBy({ userId });
    if (profile === null) throw new ProfileNotFound(userId);
    return viewOf(profile);
  }
}
