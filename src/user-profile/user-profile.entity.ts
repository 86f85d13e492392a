import { Column, Entity, PrimaryColumn } from 'typeorm';
import { PackageEntity } from '../event-sourcing/for-service.js';
import { Personal } from '../event-sourcing/index.js';
import type { Plan } from '../users/user.events.js';

@PackageEntity()
@Entity('user_profiles')
export class UserProfile {
  @PrimaryColumn('uuid', { name: 'user_id' }) userId: string;
  @Personal('userId') @Column('text') email: string;
  @Personal('userId') @Column('text') name: string;
  @Column('text', { name: 'subscription_plan' }) subscriptionPlan: Plan;
  @Column('text', { array: true }) preferences: string[];
  /** In seconds. */
  @Column('double precision', { name: 'total_watch_time' }) totalWatchTime: number;
  /** Distinct, in order of first appearance: the initial preferences, then the genres watched. */
  @Column('text', { name: 'favorite_genres', array: true }) favoriteGenres: string[];
  @Column('timestamptz', { name: 'last_active' }) lastActive: Date;
  @Column('timestamptz', { name: 'registration_date' }) registrationDate: Date;
  @Column('boolean', { name: 'is_active' }) isActive: boolean;
}
