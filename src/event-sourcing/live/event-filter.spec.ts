import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '../event/domain-event.js';
import { EventFilter } from './event-filter.js';

const event: StoredEvent = {
  position: 7,
  streamId: 'order-1',
  version: 2,
  eventId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  type: 'order.paid',
  data: {},
  metadata: { correlationId: 'c-1', causationId: 'c-1', schemaVersion: 1 },
  timestamp: new Date(0),
};

describe('a filter of events', () => {
  it.each([
    ['without conditions', {}, true],
    ['with its type among others', { types: ['order.placed', 'order.paid'] }, true],
    ['with no type at all in its list', { types: [] }, true],
    ['with another type', { types: ['order.placed'] }, false],
    ['with its stream', { streamId: 'order-1' }, true],
    ['with another stream', { streamId: 'order-2' }, false],
    ['with its correlation', { correlationId: 'c-1' }, true],
    ['with another correlation', { correlationId: 'c-2' }, false],
    ['with one condition met and one not', { types: ['order.paid'], streamId: 'order-2' }, false],
  ])('%s', (_name, conditions, isAccepted) => {
    expect(new EventFilter(conditions).accepts(event)).toBe(isAccepted);
  });
});
