import { describe, expect, it } from '@jest/globals';
import { EventsHandler } from '@nestjs/cqrs';
import { DomainEvent, type Recorded } from '../../event/domain-event.js';
import { decide } from './decide.js';
import { definitionOf } from './definition-of.js';
import { TimerDue } from './process-events.js';
import { ProcessManager } from './process-manager.js';
import { Process } from './process.decorator.js';

class Placed extends DomainEvent<'order.placed', { orderId?: string | null }> {
  static readonly type = 'order.placed';
  readonly type = Placed.type;
}

@Process({ name: 'checkout', key: 'orderId', commands: {} })
@EventsHandler(Placed)
class Checkout extends ProcessManager<{ isPlaced: boolean }> {
  readonly initialState = { isPlaced: false };
  readonly when = { 'order.placed': () => ({ isPlaced: true }) };
}

const definition = definitionOf(new Checkout());
const TIMER = '0197b3a0-5c1e-7d0a-9a5b-3f2b8c1e4d6f';
const INSTANCE = { step: 1, state: { isPlaced: true }, life: 'running', waiting: { remind: TIMER } } as const;
const recorded = (event: DomainEvent, eventId = TIMER) =>
  Object.assign(event, { eventId, position: 2 }) as unknown as Recorded<DomainEvent>;

describe('the decision of a process', () => {
  it.each([[{}], [{ orderId: null }], [{ orderId: '' }]])(
    'is refused for an event that gives no key: %j',
    (data) => {
      expect(() => decide(definition, 'order-1', undefined, recorded(new Placed(data)))).toThrow(
        'The event "order.placed" has no "orderId", which is the key of the process "checkout".',
      );
    },
  );

  it('loses no timer that only another build knows', () => {
    const due = new TimerDue({
      process: 'checkout',
      key: 'a',
      name: 'remind',
      dueAt: '2026-01-31T20:15:00Z',
    });
    expect(() => decide(definition, 'a', INSTANCE, recorded(due))).toThrow(
      /has no function for the timer "remind", which another build has scheduled/,
    );
    const replaced = { ...INSTANCE, waiting: {} };
    expect(decide(definition, 'a', replaced, recorded(due))).toBeUndefined();
  });
});
