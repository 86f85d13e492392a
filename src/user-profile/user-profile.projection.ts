import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { InjectRows, Projection, type Recorded, Rows, touches } from '../event-sourcing/index.js';
import { USER_EVENTS, type UserEvent } from '../users/user.events.js';
import { ContentRated, ContentWatched, occurrenceOf } from '../viewing/viewing.events.js';
import { UserProfile } from './user-profile.entity.js';

type ProfileEvent = UserEvent | ContentWatched | ContentRated;

/**
 * One row for each registered user. Views and ratings of a user who is not registered change no row. Those that come
 * before the registration in the log are not added later.
 */
@Projection({
  name: 'user-profile',
  revision: 1,
  key: 'userId',
  rows: [touches(UserProfile, (event: Recorded<ProfileEvent>) => ({ userId: event.data.userId }))],
})
@EventsHandler(...USER_EVENTS, ContentWatched, ContentRated)
export class UserProfileProjection implements IEventHandler<Recorded<ProfileEvent>> {
  constructor(@InjectRows(UserProfile) private readonly profiles: Rows<UserProfile>) {}

  handle(event: Recorded<ProfileEvent>): void {
    if (event.type === 'user.registered') return this.profiles.put(registered(event));
    if (event.type === 'user.erased') return this.profiles.remove({ userId: event.data.userId });
    this.profiles.change({ userId: event.data.userId }, (profile) => fold(profile, event));
  }
}

function registered({
  data,
  timestamp,
}: Recorded<Extract<ProfileEvent, { type: 'user.registered' }>>): UserProfile {
  return {
    userId: data.userId,
    email: data.email,
    name: data.name,
    subscriptionPlan: 'free',
    preferences: data.initialPreferences,
    totalWatchTime: 0,
    favoriteGenres: [...data.initialPreferences],
    lastActive: timestamp,
    registrationDate: timestamp,
    isActive: true,
  };
}

function fold(
  profile: UserProfile,
  event: Recorded<Exclude<ProfileEvent, { type: 'user.registered' | 'user.erased' }>>,
): void {
  const at =
    event.type === 'content.watched' || event.type === 'content.rated'
      ? occurrenceOf(event)
      : event.timestamp;
  if (at > profile.lastActive) profile.lastActive = at;
  switch (event.type) {
    case 'user.subscribed':
      profile.subscriptionPlan = event.data.plan;
      break;
    case 'user.preferences_updated':
      profile.preferences = event.data.newPreferences;
      break;
    case 'user.deactivated':
      profile.isActive = false;
      break;
    case 'user.reactivated':
      profile.isActive = true;
      break;
    case 'content.watched':
      watched(profile, event.data);
      break;
    case 'content.rated':
      break; // it changes only `lastActive`
  }
}

function watched(
  profile: UserProfile,
  { watchDurationSeconds, genre = 'unknown' }: ContentWatched['data'],
): void {
  profile.totalWatchTime += watchDurationSeconds;
  if (!profile.favoriteGenres.includes(genre)) profile.favoriteGenres.push(genre);
}
