import { describe, expect, it } from '@jest/globals';
import { EventsHandler } from '@nestjs/cqrs';
import { DomainEvent, type Recorded } from '../../event/domain-event.js';
import { decide } from './decide.js';
import { definitionOf } from './definition-of.js';
import { ProcessStepped, TimerDue } from './process-events.js';
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
  Object.assign(event, { eventId, position: 2, metadata: {} }) as unknown as Recorded<DomainEvent>;

describe('the decision of a process', () => {
  it.each([[{}], [{ orderId: null }], [{ orderId: '' }]])(
    'is refused for an event that gives no key: %j',
    (data) => {
      expect(() => decide(definition, 'order-1', undefined, recorded(new Placed(data)))).toThrow(
        'The event "order.placed" has no "orderId", which is the key of the process "checkout".',
      );
    },
  );

  it.each<[string, (step: any) => void, RegExp]>([
    ['no command', ({ execute }) => execute(undefined), /step.execute: command is undefined: it must be/],
    ['no event', ({ append }) => append('order-a', undefined), /step.append: event is undefined: it must be/],
    ['no time', ({ schedule }) => schedule('late', undefined), /step.schedule: time is undefined/],
    ['a time too far', ({ schedule }) => schedule('late', { at: new Date(8e15) }), /years 1 to 9999/],
    ['two times', ({ schedule }) => schedule('late', { in: '1s', at: new Date() }), /step.schedule: time is/],
    [
      'a timer named like an event',
      ({ schedule }) => schedule('order.placed', { in: '1s' }),
      /"order.placed" is an event that the process "checkout" handles: give the timer another name/,
    ],
  ])('is refused in one sentence for %s', (_, act, says) => {
    const { code } = definition;
    const acting = Object.assign(Object.create(definition) as typeof definition, {
      code: {
        ...code,
        when: { 'order.placed': (_event: unknown, step: unknown) => act(step), late: () => undefined },
      },
    });
    expect(() => decide(acting, 'a', undefined, recorded(new Placed({ orderId: 'a' })))).toThrow(says);
  });

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

describe('a process manager', () => {
  it.each<[string, () => ProcessManager<any, any>, RegExp]>([
    [
      'that handles its own steps',
      () => new Stepping(),
      /names ProcessStepped: a process gets its own events by "when"/,
    ],
    [
      'whose state is an array',
      () => new Listing(),
      /initialState of Listing is an array: it must be an object/,
    ],
  ])('%s is refused', (_, create, says) => {
    expect(() => definitionOf(create())).toThrow(says);
  });
});

@Process({ name: 'stepping', key: 'key' })
@EventsHandler(ProcessStepped)
class Stepping extends ProcessManager<object> {
  readonly initialState = {};
  readonly when = { [ProcessStepped.type]: () => undefined };
}

@Process({ name: 'listing', key: 'orderId' })
@EventsHandler(Placed)
class Listing extends ProcessManager<number[]> {
  readonly initialState = [1];
  readonly when = { 'order.placed': () => undefined };
}
