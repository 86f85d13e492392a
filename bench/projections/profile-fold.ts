import { USER_EVENTS, type UserEvent, type UserRegistered } from '../../src/users/user.events.js';
import { ContentRated, ContentWatched } from '../../src/viewing/viewing.events.js';
import type { Logged } from './read-log.js';

/** A plain row of `user_profiles`: columns by their names, times in ms since 1970. */
export interface Profile {
  user_id: string;
  email: string;
  name: string;
  subscription_plan: string;
  preferences: string[];
  total_watch_time: number;
  favorite_genres: string[];
  last_active: number;
  registration_date: number;
  is_active: boolean;
}

type LoggedAs<Event> = Event extends { type: infer Type; data: infer Data }
  ? Logged & { type: Type; data: Data }
  : never;

export type ProfileEvent = LoggedAs<UserEvent | ContentWatched | ContentRated>;

export const PROFILE_EVENTS: readonly string[] = [...USER_EVENTS, ContentWatched, ContentRated].map(
  ({ type }) => type,
);

/**
 * The fold of the service's projection, written by hand. It changes the profile in place. Undefined stands for a user
 * who is not registered.
 */
export function foldProfile(profile: Profile | undefined, event: ProfileEvent): Profile | undefined {
  if (event.type === 'user.registered') return registered(event);
  if (profile === undefined) return undefined;
  if (event.at > profile.last_active) profile.last_active = event.at;
  switch (event.type) {
    case 'user.subscribed':
      profile.subscription_plan = event.data.plan;
      break;
    case 'user.preferences_updated':
      profile.preferences = event.data.newPreferences;
      break;
    case 'user.deactivated':
      profile.is_active = false;
      break;
    case 'user.reactivated':
      profile.is_active = true;
      break;
    case 'content.watched': {
      const { watchDurationSeconds, genre = 'unknown' } = event.data;
      profile.total_watch_time += watchDurationSeconds;
      if (!profile.favorite_genres.includes(genre)) profile.favorite_genres.push(genre);
    }
  }
  return profile;
}

function registered({ data, recordedAt }: LoggedAs<UserRegistered>): Profile {
  return {
    user_id: data.userId,
    email: data.email,
    name: data.name,
    subscription_plan: 'free',
    preferences: data.initialPreferences,
    total_watch_time: 0,
    favorite_genres: [...data.initialPreferences],
    last_active: recordedAt,
    registration_date: recordedAt,
    is_active: true,
  };
}
