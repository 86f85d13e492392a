import { ApiProperty } from '@nestjs/swagger';
import { PLANS, type Plan } from '../users/user.events.js';
import type { UserProfile } from './user-profile.entity.js';

/** A profile as it is shown. */
export class ProfileView {
  @ApiProperty({ format: 'uuid' }) userId: string;
  @ApiProperty({ example: 'ada@example.org' }) email: string;
  @ApiProperty({ example: 'Ada' }) name: string;
  @ApiProperty({ enum: PLANS }) subscriptionPlan: Plan;
  @ApiProperty({ type: [String] }) preferences: string[];
  @ApiProperty({ description: 'Seconds.' }) totalWatchTime: number;
  @ApiProperty({ type: [String] }) favoriteGenres: string[];
  @ApiProperty({ format: 'date-time' }) lastActive: Date;
  @ApiProperty({ format: 'date-time' }) registrationDate: Date;
  @ApiProperty({ description: 'Any plan but `free`.' }) isPremium: boolean;
  @ApiProperty() isActive: boolean;
}

export class ProfilePage {
  @ApiProperty({ type: [ProfileView] }) items: ProfileView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
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
