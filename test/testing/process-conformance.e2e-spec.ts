import { describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { Process, ProcessManager, type When } from '../../src/event-sourcing/index.js';
import {
  assertConforms,
  conformance,
  type ConformanceReport,
  startTestApplication,
} from '../../src/testing/index.js';
import { CancelOrder, OrderPaid, OrderPlaced } from '../support/hosts/checkout-host.js';

interface State {
  paid: number;
  mark: string;
}
type OrderEvent = OrderPlaced | OrderPaid;

const KEYS = ['a', 'b', 'c'];
const HISTORY = [
  ...KEYS.map((orderId) => new OrderPlaced({ orderId, cents: 100 })),
  ...KEYS.map((orderId) => new OrderPaid({ orderId })),
].map((event) => ({ streamId: `order-${event.data.orderId}`, event }));

/** A process manager of its own for each test, with the common parts. */
abstract class Checkout extends ProcessManager<State, OrderEvent, 'due'> {
  protected readonly initialState = { paid: 0, mark: '' };
  protected readonly when: When<State, OrderEvent, 'due'> = {
    'order.placed': (_, { schedule, state }) => {
      schedule('due', { in: '1h' });
      return { ...state, mark: this.mark() };
    },
    'order.paid': (_, { state }) => ({ ...state, paid: state.paid + 1, mark: this.mark() }),
    due: (_, { key, execute, end }) => {
      execute(new CancelOrder(key, this.mark()));
      end();
    },
  };

  protected abstract mark(): string;
}

function check(manager: Type<Checkout>): Promise<ConformanceReport> {
  Process({ name: 'checkout', key: 'orderId', commands: { 'cancel-order': CancelOrder } })(manager);
  EventsHandler(OrderPlaced, OrderPaid)(manager);
  return conformance({
    app: (url) => startTestApplication(url, { providers: [manager] }),
    events: HISTORY,
  });
}

const causeOf = async (manager: Type<Checkout>) => {
  const { difference } = await check(manager);
  return [difference?.check, difference?.likelyCause];
};

describe('the conformance of a process manager', () => {
  it('is found, with the timers at the end, where steps are pure', async () => {
    class Pure extends Checkout {
      protected mark() {
        return 'x';
      }
    }
    const report = await check(Pure);
    assertConforms(report);
    expect(report).toEqual({
      conforms: true,
      projections: ['checkout'],
      unseen: [],
      passed: [
        'Stepped once',
        'Stepped again, by another process',
        'Each step made twice',
        'Stepped by two instances in turn',
      ],
    });
  });

  it('fails by a random number', async () => {
    class Random extends Checkout {
      protected mark() {
        return randomUUID();
      }
    }
    expect(await causeOf(Random)).toEqual(['Stepped again, by another process', 'step-not-deterministic']);
  });

  it('fails by a counter in the instance', async () => {
    class Counting extends Checkout {
      private count = 0;

      protected mark() {
        return String(++this.count);
      }
    }
    expect(await causeOf(Counting)).toEqual(['Each step made twice', 'step-state-in-memory']);
  });

  it('names the event at which the code throws', async () => {
    class Throwing extends Checkout {
      protected mark(): string {
        throw new Error('no such currency');
      }
    }
    const { difference } = await check(Throwing);
    expect(difference).toMatchObject({
      check: 'Stepped once',
      projection: 'checkout',
      key: 'a',
      likelyCause: 'handler-fails',
      what: '"a" failed at event 1 (order.placed): no such currency',
    });
  });
});
