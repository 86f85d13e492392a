import { type INestApplicationContext, Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventsHandler } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dataSourceOptions } from '../../../src/service/database/data-source-options.js';
import {
  AggregateRoot,
  DomainEvent,
  type EventClass,
  type Evolve,
  EventSourcedRepository,
  EventSourcingModule,
  EventStore,
  InjectRows,
  Projection,
  type Recorded,
  Rows,
  touches,
} from '../../../src/event-sourcing/index.js';
import type { TestDatabase } from '../test-database.js';

/** A row of the shop's one read model. */
@Entity('customers')
export class Customer {
  @PrimaryColumn('text') id: string;
  @Column('integer') orders: number;
}

export const createCustomers = (database: TestDatabase) =>
  database.query('create table eventfold.customers (id text primary key, orders integer not null)');

/** The older build, which wrote the stored events. */
export class Placed1 extends DomainEvent<'order.placed', { customer: string; total?: number }> {
  static readonly type = 'order.placed';
  readonly type = Placed1.type;
}

export class Packed extends DomainEvent<'order.packed', { weight?: number }> {
  static readonly type = 'order.packed';
  readonly type = Packed.type;
}

export class CouponUsed extends DomainEvent<'coupon.used', { code: string }> {
  static readonly type = 'coupon.used';
  readonly type = CouponUsed.type;
}

/** The newer build keeps totals in cents. */
export class Placed2 extends DomainEvent<'order.placed', { customer: string; cents: number }> {
  static readonly type = 'order.placed';
  static override readonly schemaVersion = 2;
  static override readonly upcasters = {
    1: ({ customer, total = 0 }: Placed1['data']) => ({ customer, cents: total * 100 }),
  };
  readonly type = Placed2.type;
}

/** The same by a handler that expects a total in every event. */
export class HastyPlaced2 extends DomainEvent<'order.placed', { customer: string; cents: string }> {
  static readonly type = 'order.placed';
  static override readonly schemaVersion = 2;
  static override readonly upcasters = {
    1: ({ customer, total }: Placed1['data']) => ({ customer, cents: total!.toFixed(2) }),
  };
  readonly type = HastyPlaced2.type;
}

/** The parts of a newer build of the shop, good or faulty. */
export interface Build {
  events?: readonly EventClass[];
  /** The aggregate's handling of an order that was packed. */
  evolvePacked?: (event: Recorded<Packed>) => void;
  /** The first step of the projection, before it counts. */
  onPlaced?: (event: Recorded<Placed2>, customers: Rows<Customer>) => void | Promise<void>;
}

export interface Shop {
  app: INestApplicationContext;
  store: EventStore;
  close(): Promise<void>;
}

export async function openShop(url: string, build: Build = {}): Promise<Shop> {
  Logger.overrideLogger(false);
  const app = await NestFactory.createApplicationContext(shopModule(url, build), { logger: false });
  return { app, store: app.get(EventStore), close: (): ReturnType<typeof app.close> => app.close() };
}

function shopModule(url: string, { events = [Placed2, Packed, CouponUsed], evolvePacked, onPlaced }: Build) {
  const placed = events.find(({ type }) => type === 'order.placed')!;

  class Order extends AggregateRoot<{ packed: boolean }, Placed2 | Packed> {
    static readonly stream = 'order';
    static readonly events = [placed, Packed];
    protected readonly initialState = { packed: false };
    protected readonly evolve: Evolve<{ packed: boolean }, Placed2 | Packed> = {
      'order.placed': (state) => state,
      'order.packed': (_, event) => {
        evolvePacked?.(event as Recorded<Packed>);
        return { packed: true };
      },
    };
  }

  @Injectable()
  class OrderRepository extends EventSourcedRepository<Order> {
    protected readonly aggregateClass = Order;

    protected override notFound(id: string): never {
      throw new Error(`no order ${id}`);
    }
  }

  @Projection({
    name: 'customers',
    revision: 1,
    rows: [touches(Customer, ({ data }: Recorded<Placed2>) => ({ id: data.customer }))],
  })
  @EventsHandler(placed)
  class CustomersProjection {
    constructor(@InjectRows(Customer) private readonly customers: Rows<Customer>) {}

    async handle(event: Recorded<Placed2>): Promise<void> {
      await onPlaced?.(event, this.customers);
      const id = event.data.customer;
      const orders = (this.customers.find({ id })?.orders ?? 0) + 1;
      this.customers.put({ id, orders });
    }
  }

  return {
    module: ShopModule,
    imports: [
      TypeOrmModule.forRoot({
        ...dataSourceOptions(url, 'eventfold', 3),
        entities: [Customer],
        retryAttempts: 0,
      }),
      CqrsModule.forRoot(),
      // A rehearsal comes before the migrations.
      EventSourcingModule.forRoot({ projections: false, requireTables: false }),
      EventSourcingModule.forFeature({ events, rows: [Customer] }),
    ],
    providers: [OrderRepository, CustomersProjection],
  };
}

@Module({})
class ShopModule {}
