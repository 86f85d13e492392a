import { personalOfPackage } from '../event-sourcing/for-service.js';
import { DomainEvent } from '../event-sourcing/index.js';

export const PLANS = ['free', 'basic', 'standard', 'premium'] as const;
export type Plan = (typeof PLANS)[number];

export interface UserRegisteredData {
  userId: string;
  email: string;
  name: string;
  initialPreferences: string[];
}

export class UserRegistered extends DomainEvent<'user.registered', UserRegisteredData> {
  static readonly type = 'user.registered';
  static override readonly personal = personalOfPackage<UserRegisteredData>({
    subject: 'userId',
    fields: { email: 'erased', name: 'erased' },
  });
  readonly type = UserRegistered.type;
}

/** The user has a plan, and the token of a means of payment. */
export class UserSubscribed extends DomainEvent<
  'user.subscribed',
  { userId: string; plan: Plan; paymentMethod: string }
> {
  static readonly type = 'user.subscribed';
  readonly type = UserSubscribed.type;
}

export class UserPreferencesUpdated extends DomainEvent<
  'user.preferences_updated',
  { userId: string; oldPreferences: string[]; newPreferences: string[] }
> {
  static readonly type = 'user.preferences_updated';
  readonly type = UserPreferencesUpdated.type;
}

export class UserDeactivated extends DomainEvent<'user.deactivated', { userId: string; reason?: string }> {
  static readonly type = 'user.deactivated';
  readonly type = UserDeactivated.type;
}

export class UserReactivated extends DomainEvent<'user.reactivated', { userId: string; reason?: string }> {
  static readonly type = 'user.reactivated';
  readonly type = UserReactivated.type;
}

/** The first and only event of the stream of an e-mail address: the address belongs to this user. */
export class EmailReserved extends DomainEvent<'user.email_reserved', { userId: string }> {
  static readonly type = 'user.email_reserved';
  readonly type = EmailReserved.type;
}

/** The address is free again: the person who had it is erased. */
export class EmailReleased extends DomainEvent<'user.email_released', { userId: string }> {
  static readonly type = 'user.email_released';
  readonly type = EmailReleased.type;
}

/** The person is forgotten. It is the last event of the user, and has nothing personal. */
export class UserErased extends DomainEvent<
  'user.erased',
  { userId: string; requestedBy?: string; reason?: string }
> {
  static readonly type = 'user.erased';
  readonly type = UserErased.type;
}

/** All events of a user, for `@EventsHandler(...USER_EVENTS)`. */
export const USER_EVENTS = [
  UserRegistered,
  UserSubscribed,
  UserPreferencesUpdated,
  UserDeactivated,
  UserReactivated,
  UserErased,
] as const;

export type UserEvent = InstanceType<(typeof USER_EVENTS)[number]>;
