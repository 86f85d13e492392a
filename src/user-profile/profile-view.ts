import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { PLANS, type Plan } from '../users/user.events.js';
import type { UserProfile } from './user-profile.entity.js';
import { EXAMPLE_USER } from '../api/example-user.js';

const INSTANT = { format: 'date-time', example: '2026-01-31T20:15:00.000Z' };

/** A profile as a query answers it. */
@ApiSchema({ name: 'UserProfile' })
export class ProfileView {
  @ApiProperty({ format: 'uuid', example: EXAMPLE_USER.id }) userId: string;
  @ApiProperty({ format: 'email', example: EXAMPLE_USER.email }) email: string;
  @ApiProperty({ example: EXAMPLE_USER.name }) name: string;
  @ApiProperty({ enum: PLANS, example: 'premium' }) subscriptionPlan: Plan;
  @ApiProperty({ type: [String], example: ['drama', 'crime'] }) preferences: string[];
  @ApiProperty({ description: 'Seconds.', example: 5400 }) totalWatchTime: number;
  @ApiProperty({
    type: [String],
    description: 'In order of first appearance.',
    example: ['drama', 'science fiction'],
  })
  favoriteGenres: string[];
  @ApiProperty({ ...INSTANT, description: 'Time of the latest event.' }) lastActive: Date;
  @ApiProperty(INSTANT) registrationDate: Date;
  @ApiProperty({ description: 'Any plan but `free`.', example: true }) isPremium: boolean;
  @ApiProperty({ example: true }) isActive: boolean;
}

@ApiSchema({ name: 'UserProfilePage' })
export class ProfilePage {
  @ApiProperty({ type: [ProfileView] }) items: ProfileView[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'null: this is the last page.' })
  nextCursor: string | null;
}

export function viewOf(profile: UserProfile): ProfileView {
  return {
    userId: profile.userId,
    email: profile.email,
    name: profile.name,
    subscriptionPlan: profile.subscriptionPlan,
    preferences: profile.preferences,
    totalWatchTime: profile.totalWatchTime,
    favoriteGenres: profile.favoriteGenres,
    lastActive: profile.lastActive,
    registrationDate: profile.registrationDate,
    isPremium: profile.subscriptionPlan !== 'free',
    isActive: profile.isActive,
  };
}
