import { type DynamicModule, type INestApplicationContext, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandHandler, CqrsModule, EventsHandler, type ICommandHandler } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from '../../../src/service/database/data-source-options.js';
import {
  AggregateRoot,
  DomainEvent,
  type Duration,
  EventfoldError,
  EventSourcedRepository,
  EventSourcingModule,
  type EventSourcingOptions,
  EventStore,
  type Evolve,
  getAggregatesToken,
  InjectAggregates,
  MessageContext,
  Process,
  ProcessInstances,
  ProcessManager,
  type ProcessOptions,
  ProjectionOperations,
  ProjectionProgress,
  type RefusedCommand,
  type Step,
  type When,
} from '../../../src/event-sourcing/index.js';
import type { TestDatabase } from '../test-database.js';

interface OfOrder {
  orderId: string;
}

export class OrderPlaced extends DomainEvent<'order.placed', OfOrder & { cents: number }> {
  static readonly type = 'order.placed';
  readonly type = OrderPlaced.type;
}

export class OrderPaid extends DomainEvent<'order.paid', OfOrder> {
  static readonly type = 'order.paid';
  readonly type = OrderPaid.type;
}

export class OrderCancelled extends DomainEvent<'order.cancelled', OfOrder> {
  static readonly type = 'order.cancelled';
  readonly type = OrderCancelled.type;
}

/** What the process itself appends. */
export class CheckoutNoted extends DomainEvent<'checkout.noted', OfOrder & { note: string }> {
  static readonly type = 'checkout.noted';
  readonly type = CheckoutNoted.type;
}

type OrderEvent = OrderPlaced | OrderPaid | OrderCancelled;

export class OrderRefused extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'order.refused';
}

export class Order extends AggregateRoot<{ status: 'none' | 'open' | 'paid' | 'cancelled' }, OrderEvent> {
  static readonly stream = 'order';
  static readonly events = [OrderPlaced, OrderPaid, OrderCancelled];
  protected readonly initialState = { status: 'none' } as const;

  place(cents: number): void {
    this.raise(new OrderPlaced({ orderId: this.id, cents }));
  }

  pay(): void {
    if (this.state.status !== 'open') throw new OrderRefused(`Order ${this.id} is ${this.state.status}.`);
    this.raise(new OrderPaid({ orderId: this.id }));
  }

  cancel(): void {
    if (this.state.status !== 'open') throw new OrderRefused(`Order ${this.id} is ${this.state.status}.`);
    this.raise(new OrderCancelled({ orderId: this.id }));
  }

  protected readonly evolve: Evolve<{ status: 'none' | 'open' | 'paid' | 'cancelled' }, OrderEvent> = {
    'order.placed': () => ({ status: 'open' }),
    'order.paid': () => ({ status: 'paid' }),
    'order.cancelled': () => ({ status: 'cancelled' }),
  };
}

export class CancelOrder {
  constructor(
    readonly orderId: string,
    readonly reason: string,
  ) {}
}

class Hooks {
  onCommand: CheckoutHostOptions['onCommand'];
  afterCommand: CheckoutHostOptions['afterCommand'];
}

@CommandHandler(CancelOrder)
class CancelOrderHandler implements ICommandHandler<CancelOrder> {
  constructor(
    @InjectAggregates(Order) private readonly orders: EventSourcedRepository<Order>,
    private readonly hooks: Hooks,
    private readonly context: MessageContext,
  ) {}

  async execute(command: CancelOrder): Promise<void> {
    await this.hooks.onCommand?.(command, this.context);
    await this.orders.update(command.orderId, (order) => order.cancel());
    this.hooks.afterCommand?.(command);
  }
}

export interface CheckoutState {
  status: 'new' | 'open' | 'paid' | 'cancelled';
  refusals: readonly string[];
}

export const CHECKOUT = 'checkout';

export interface CheckoutHostOptions extends EventSourcingOptions {
  /** How long an order may wait for its payment. Default: `1h`. */
  deadline?: Duration;
  process?: Partial<ProcessOptions>;
  /** Called before a command is carried out. It may throw. */
  onCommand?: ((command: CancelOrder, context: MessageContext) => void | Promise<void>) | undefined;
  /** Called after a command has appended. It may throw. */
  afterCommand?: ((command: CancelOrder) => void) | undefined;
  /** Called in each step for a placed order. */
  onPlaced?: (event: OrderPlaced, step: Step<CheckoutState, 'payment-due'>) => void;
  /** Whether a refused command is an input. Default: true. */
  handlesRefusals?: boolean;
  providers?: any[];
}

export interface CheckoutHost {
  app: INestApplicationContext;
  store: EventStore;
  instances: ProcessInstances;
  operations: ProjectionOperations;
  place(orderId: string, cents?: number): Promise<number>;
  pay(orderId: string): Promise<number>;
  stop: () => Promise<void>;
}

export async function startCheckoutHost(
  database: TestDatabase,
  options: CheckoutHostOptions = {},
): Promise<CheckoutHost> {
  Logger.overrideLogger(false);
  const app = await NestFactory.createApplicationContext(checkoutModule(database.url, options), {
    logger: false,
  });
  const orders = app.get<EventSourcedRepository<Order>>(getAggregatesToken(Order), { strict: false });
  return {
    app,
    store: app.get(EventStore),
    instances: app.get(ProcessInstances),
    operations: app.get(ProjectionOperations),
    place: async (orderId, cents = 500) => {
      const order = new Order(orderId);
      order.place(cents);
      return (await orders.create(order)).position;
    },
    pay: async (orderId) => (await orders.update(orderId, (order) => order.pay())).position,
    stop: () => app.close(),
  };
}

/** Resolves when the process manager has handled all events up to the position. */
export const steppedTo = (host: CheckoutHost, position: number): Promise<void> =>
  host.app.get(ProjectionProgress).waitFor(CHECKOUT, position);

export function checkoutModule(
  url: string,
  {
    deadline = '1h',
    process,
    onCommand,
    afterCommand,
    onPlaced,
    handlesRefusals = true,
    providers = [],
    ...options
  }: CheckoutHostOptions,
): DynamicModule {
  @Process({ name: CHECKOUT, key: 'orderId', commands: { 'cancel-order': CancelOrder }, ...process })
  @EventsHandler(OrderPlaced, OrderPaid, OrderCancelled)
  class Checkout extends ProcessManager<CheckoutState, OrderEvent, 'payment-due'> {
    protected readonly initialState: CheckoutState = { status: 'new', refusals: [] };

    protected readonly when: When<CheckoutState, OrderEvent, 'payment-due'> = {
      'order.placed': (event, step) => {
        step.schedule('payment-due', { in: deadline });
        onPlaced?.(event, step);
        return { ...step.state, status: 'open' };
      },
      'order.paid': ({ data: { orderId } }, step) => {
        step.cancel('payment-due');
        step.append(`notes-${orderId}`, new CheckoutNoted({ orderId, note: 'paid' }));
        step.end();
        return { ...step.state, status: 'paid' };
      },
      'order.cancelled': (_, { state, end }) => {
        end();
        return { ...state, status: 'cancelled' };
      },
      'payment-due': (_, { key, execute }) => execute(new CancelOrder(key, 'not paid in time')),
    };

    protected override commandRefused(
      { code }: RefusedCommand,
      { state }: Step<CheckoutState>,
    ): CheckoutState {
      return { ...state, refusals: [...state.refusals, code] };
    }
  }
  if (!handlesRefusals) Reflect.deleteProperty(Checkout.prototype, 'commandRefused');

  const hooks = new Hooks();
  hooks.onCommand = onCommand;
  hooks.afterCommand = afterCommand;
  return {
    module: CheckoutModule,
    imports: [
      TypeOrmModule.forRoot({ ...dataSourceOptions(url, 'eventfold', 8), retryAttempts: 0 }),
      CqrsModule.forRoot(),
      EventSourcingModule.forRoot({
        readAfterTimeoutMs: 60_000,
        ...options,
        turns: { retryDelayMs: 20, ...options.turns },
      }),
      EventSourcingModule.forFeature({ events: [CheckoutNoted], aggregates: [Order] }),
    ],
    providers: [Checkout, CancelOrderHandler, { provide: Hooks, useValue: hooks }, ...providers],
  };
}

@Module({})
class CheckoutModule {}
