import { canonicalUuid } from '../event-sourcing/for-service.js';
import { AggregateRoot, type Evolve } from '../event-sourcing/index.js';
import { hasAccountNumber } from './account-number.js';
import {
  USER_EVENTS,
  UserDeactivated,
  type UserEvent,
  UserPreferencesUpdated,
  type Plan,
  UserErased,
  UserReactivated,
  UserRegistered,
  UserSubscribed,
} from './user.events.js';
import { UserGone, UserInvalid, UserRefused } from './user.errors.js';

export interface UserState {
  email: string;
  name: string;
  subscriptionPlan: Plan;
  preferences: readonly string[];
  isActive: boolean;
  /** Whether the person is forgotten: no command changes such a user any more. */
  isErased: boolean;
}

/** The message does not repeat the number. */
const NO_TOKEN =
  'paymentMethod must be the token that a payment provider gave for a card or an account, never its number.';

/** The account of one viewer. */
export class User extends AggregateRoot<UserState, UserEvent> {
  static readonly stream = 'user';
  static readonly events = USER_EVENTS;
  static readonly snapshotRevision = 2;

  protected readonly initialState: UserState = {
    email: '',
    name: '',
    subscriptionPlan: 'free',
    preferences: [],
    isActive: false,
    isErased: false,
  };

  /** @throws UserInvalid when the id is no UUID as it is stored: no read model could have a row for such a user */
  static register(userId: string, email: string, name: string, initialPreferences: string[]): User {
    if (canonicalUuid(userId) !== userId) {
      throw new UserInvalid(
        'user.invalid-id',
        `The id of a user must be a UUID, in lower case and with hyphens, and is ${JSON.stringify(userId.slice(0, 100))}.`,
      );
    }
    const user = new User(userId);
    user.raise(new UserRegistered({ userId, email, name, initialPreferences }));
    return user;
  }

  /**
   * @throws UserInvalid when the payment method is the number of a card or an account
   * @throws UserRefused when the user is inactive or already on this plan
   * @throws UserGone, as every other method does, when the person is erased
   */
  subscribeToPlan(plan: Plan, paymentMethod: string): void {
    if (hasAccountNumber(paymentMethod)) throw new UserInvalid('user.invalid-payment-method', NO_TOKEN);
    this.mustBeActive();
    if (plan === this.state.subscriptionPlan) {
      throw new UserRefused('user.already-on-plan', `User ${this.id} is on plan "${plan}" already.`);
    }
    this.raise(new UserSubscribed({ userId: this.id, plan, paymentMethod }));
  }

  /** The same set in another order changes nothing, so it raises no event. */
  updatePreferences(newPreferences: string[]): void {
    this.mustBeActive();
    const oldPreferences = [...this.state.preferences];
    if (isSameSet(oldPreferences, newPreferences)) return;
    this.raise(new UserPreferencesUpdated({ userId: this.id, oldPreferences, newPreferences }));
  }

  deactivate(reason?: string): void {
    this.mustExist();
    if (!this.state.isActive) {
      throw new UserRefused('user.already-inactive', `User ${this.id} is deactivated already.`);
    }
    this.raise(new UserDeactivated({ userId: this.id, ...(reason !== undefined && { reason }) }));
  }

  reactivate(reason?: string): void {
    this.mustExist();
    if (this.state.isActive) {
      throw new UserRefused('user.already-active', `User ${this.id} is active already.`);
    }
    this.raise(new UserReactivated({ userId: this.id, ...(reason !== undefined && { reason }) }));
  }

  /** For `ErasureService`, which appends the event together with the fence. */
  erase({ requestedBy, reason }: { requestedBy: string | null; reason: string | null }): void {
    this.mustExist();
    this.raise(
      new UserErased({
        userId: this.id,
        ...(requestedBy !== null && { requestedBy }),
        ...(reason !== null && { reason }),
      }),
    );
  }

  /** @throws UserGone when the person is erased */
  mustExist(): void {
    if (this.state.isErased) throw new UserGone(this.id);
  }

  private mustBeActive(): void {
    this.mustExist();
    if (!this.state.isActive) {
      throw new UserRefused('user.inactive', `User ${this.id} is deactivated; reactivate the account first.`);
    }
  }

  protected readonly evolve: Evolve<UserState, UserEvent> = {
    'user.registered': (state, { data }) => ({
      ...state,
      email: data.email,
      name: data.name,
      preferences: data.initialPreferences,
      isActive: true,
    }),
    'user.subscribed': (state, { data }) => ({ ...state, subscriptionPlan: data.plan }),
    'user.preferences_updated': (state, { data }) => ({ ...state, preferences: data.newPreferences }),
    'user.deactivated': (state) => ({ ...state, isActive: false }),
    'user.reactivated': (state) => ({ ...state, isActive: true }),
    'user.erased': () => ({ ...this.initialState, isErased: true }),
  };
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  const [set, otherSet] = [new Set(some), new Set(others)];
  return set.size === otherSet.size && others.every((other) => set.has(other));
}
