import { expect, it } from '@jest/globals';
import { DomainEvent } from '../../event/domain-event.js';
import { toRows } from './append-rows.js';

class One extends DomainEvent {
  static readonly type = 'mm.one';
  readonly type = 'mm.two';
}

it('an event with another type than its class is refused, since it could never be read', () => {
  const append = { streamId: 'mm-1', expectedVersion: 'any' as const, events: [new One({})] };
  expect(() => toRows(append, 0, { correlationId: 'a', causationId: 'b' })).toThrow(
    'The type of an event of One is "mm.two": it must be "mm.one", the static type of its class.',
  );
});
