import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ErasureService, ProjectionProgress } from '../../event-sourcing/index.js';
import { canonicalUuid } from '../../event-sourcing/for-service.js';
import { ProfileGone, ProfileNotFound } from '../profile-not-found.error.js';
import { type ProfileView, viewOf } from '../profile-view.js';
import { ProfileLookup } from './profile-lookup.js';

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
    private readonly profiles: ProfileLookup,
    private readonly progress: ProjectionProgress,
    private readonly erasures: ErasureService,
  ) {}

  async execute({ userId, readAfter }: GetUserProfile): Promise<ProfileView> {
    const profile = await this.progress.read(
      'user-profile',
      readAfter,
      (on) => this.profiles.find(userId, on),
      { key: userId },
    );
    if (profile === undefined) throw await this.whyNot(userId);
    return viewOf(profile);
  }

  private async whyNot(userId: string): Promise<ProfileNotFound | ProfileGone> {
    const isErased = canonicalUuid(userId) !== undefined && (await this.erasures.isErased(userId));
    return isErased ? new ProfileGone(userId) : new ProfileNotFound(userId);
  }
}
