/* oxlint-disable typescript/no-floating-promises -- the runner waits for its tests */
// The testing kit under Node's own test runner.
import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { AggregateRoot, DomainEvent } from 'nest-eventfold';
import { createTestDatabase, givenAggregate } from 'nest-eventfold/testing';
import { setup, teardown } from './global-setup.mjs';

class Filled extends DomainEvent {
  static type = 'jar.filled';
  type = Filled.type;
}

class Jar extends AggregateRoot {
  static stream = 'jar';
  static events = [Filled];
  initialState = { cookies: 0 };
  evolve = { 'jar.filled': ({ cookies }, { data }) => ({ cookies: cookies + data.cookies }) };

  fill(cookies) {
    this.raise(new Filled({ cookies }));
  }
}

before(setup);
after(teardown);

const decision = () => givenAggregate(Jar, 'j1').when((jar) => jar.fill(2));

test('passes', () => {
  decision().then(new Filled({ cookies: 2 }));
});

test('fails with the difference', () => {
  assert.throws(() => decision().then(new Filled({ cookies: 3 })), /\+ +cookies: 2/);
});

test('has databases on the server of the run', async () => {
  const [one, other] = [await createTestDatabase(), await createTestDatabase()];
  assert.equal(new URL(one.url).port, new URL(other.url).port);
  await one.drop();
  assert.deepEqual(await other.query('select from eventfold.events'), []);
  await other.drop();
});
