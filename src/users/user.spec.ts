import { describe, expect, it } from '@jest/globals';
import { givenAggregate } from '../testing/index.js';
import {
  PLANS,
  UserDeactivated,
  type UserEvent,
  UserPreferencesUpdated,
  UserReactivated,
  UserRegistered,
  UserSubscribed,
} from './user.events.js';
import { User } from './user.js';

const userId = '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10';
const registered = new UserRegistered({
  userId,
  email: 'Ada@example.org',
  name: 'Ada',
  initialPreferences: ['drama', 'comedy'],
});
const onPremium = new UserSubscribed({ userId, plan: 'premium', paymentMethod: 'credit_card' });
const deactivated = new UserDeactivated({ userId });
const reactivated = new UserReactivated({ userId });

const given = (...past: UserEvent[]) => givenAggregate(User, userId, ...past);

describe('registering', () => {
  it('records who the user is, and nothing else', () => {
    const user = User.register(userId, 'Ada@example.org', 'Ada', ['drama', 'comedy']);
    expect(user.uncommittedEvents).toStrictEqual([registered]);
    expect(user.id).toBe(userId);
  });

  it.each(['', 'player', `${userId} `, userId.toUpperCase(), `{${userId}}`])(
    'takes no id that a read model could not have a row for: %j',
    (id) => {
      expect(() => User.register(id, 'ada@example.org', 'Ada', [])).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'user.invalid-id' }),
      );
    },
  );

  it('makes an active account on the free plan', () => {
    expect(given(registered).load().state).toEqual({
      email: 'Ada@example.org',
      name: 'Ada',
      subscriptionPlan: 'free',
      preferences: ['drama', 'comedy'],
      isActive: true,
      isErased: false,
    });
  });
});

describe('subscribing to a plan', () => {
  it.each(PLANS.filter((plan) => plan !== 'free'))('takes a free account to %s', (plan) => {
    given(registered)
      .when((user) => user.subscribeToPlan(plan, 'token'))
      .then(new UserSubscribed({ userId, plan, paymentMethod: 'token' }));
  });

  it('goes back to free too', () => {
    given(registered, onPremium)
      .when((user) => user.subscribeToPlan('free', 'none'))
      .then(new UserSubscribed({ userId, plan: 'free', paymentMethod: 'none' }));
  });

  it('is refused on the plan the user has', () => {
    given(registered, onPremium)
      .when((user) => user.subscribeToPlan('premium', 'another_card'))
      .thenRefused('user.already-on-plan');
  });

  it('is refused on the free plan of a fresh account', () => {
    given(registered)
      .when((user) => user.subscribeToPlan('free', 'none'))
      .thenRefused('user.already-on-plan');
  });

  it('is refused while deactivated, whatever the plan', () => {
    given(registered, onPremium, deactivated)
      .when((user) => user.subscribeToPlan('premium', 'credit_card'))
      .thenRefused('user.inactive');
  });

  it.each(['4111 1111 1111 1111', '4111-1111-1111-1111', 'DE89370400440532013000'])(
    'is refused when it is paid for with a number instead of a token: %s',
    (paymentMethod) => {
      given(registered)
        .when((user) => user.subscribeToPlan('premium', paymentMethod))
        .thenRefused('user.invalid-payment-method');
    },
  );

  it('survives a deactivation and a reactivation', () => {
    expect(given(registered, onPremium, deactivated, reactivated).load().state).toMatchObject({
      subscriptionPlan: 'premium',
      isActive: true,
    });
  });
});

describe('updating preferences', () => {
  it.each([
    ['others', ['thriller']],
    ['one more', ['drama', 'comedy', 'thriller']],
    ['one less', ['drama']],
    ['none', []],
  ])('to %s records the old ones and the new ones', (_which, newPreferences) => {
    given(registered)
      .when((user) => user.updatePreferences(newPreferences))
      .then(new UserPreferencesUpdated({ userId, oldPreferences: ['drama', 'comedy'], newPreferences }));
  });

  it('takes the preferences of the last update for the old ones', () => {
    const earlier = new UserPreferencesUpdated({
      userId,
      oldPreferences: ['drama', 'comedy'],
      newPreferences: ['thriller'],
    });
    given(registered, earlier)
      .when((user) => user.updatePreferences(['drama']))
      .then(new UserPreferencesUpdated({ userId, oldPreferences: ['thriller'], newPreferences: ['drama'] }));
  });

  it.each([
    ['the same ones', ['drama', 'comedy']],
    ['the same ones in another order', ['comedy', 'drama']],
  ])('to %s is no event', (_which, preferences) => {
    given(registered)
      .when((user) => user.updatePreferences(preferences))
      .then();
  });

  it('to one preference twice is not taken for the two there were', () => {
    const user = given(registered).load();
    user.updatePreferences(['drama', 'drama']);
    expect(user.uncommittedEvents).toHaveLength(1);
  });

  it('is refused while deactivated, even when nothing would change', () => {
    given(registered, deactivated)
      .when((user) => user.updatePreferences(['drama', 'comedy']))
      .thenRefused('user.inactive');
  });
});

describe('deactivating', () => {
  it('records the reason', () => {
    given(registered)
      .when((user) => user.deactivate('moved away'))
      .then(new UserDeactivated({ userId, reason: 'moved away' }));
  });

  it('records no reason when none is given', () => {
    given(registered)
      .when((user) => user.deactivate())
      .then(deactivated);
  });

  it('is refused a second time', () => {
    given(registered, deactivated)
      .when((user) => user.deactivate())
      .thenRefused('user.already-inactive');
  });
});

describe('reactivating', () => {
  it('records the reason', () => {
    given(registered, deactivated)
      .when((user) => user.reactivate('came back'))
      .then(new UserReactivated({ userId, reason: 'came back' }));
  });

  it('records no reason when none is given', () => {
    given(registered, deactivated)
      .when((user) => user.reactivate())
      .then(reactivated);
  });

  it('is refused on an active account', () => {
    given(registered)
      .when((user) => user.reactivate())
      .thenRefused('user.already-active');
  });

  it('lets the account be deactivated again', () => {
    given(registered, deactivated, reactivated)
      .when((user) => user.deactivate())
      .then(deactivated);
  });
});

describe('replaying', () => {
  it('what business methods raised, through JSON and back, gives the same state', () => {
    const user = User.register(userId, 'ada@example.org', 'Ada', ['drama']);
    const states = [user.state];
    for (const act of [
      () => user.subscribeToPlan('basic', 'token'),
      () => user.updatePreferences(['thriller', 'comedy']),
      () => user.deactivate('holidays'),
      () => user.reactivate(),
      () => user.subscribeToPlan('standard', 'token'),
    ]) {
      act();
      states.push(user.state);
    }
    const events = user.uncommittedEvents;
    expect(events).toHaveLength(states.length);
    for (const [index, state] of states.entries()) {
      expect(given(...events.slice(0, index + 1)).load().state).toEqual(state);
    }
  });
});
