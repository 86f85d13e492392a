/** Projections of hosts of many kinds, whose rows are explained. */
import type { INestApplicationContext } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  CurrentTurn,
  DomainEvent,
  EventSourcingModule,
  InjectRows,
  Projection,
  Reaction,
  type Recorded,
  Rows,
  touches,
} from '../../../src/event-sourcing/index.js';
import { startTestApplication } from '../../../src/testing/index.js';
import type { TestDatabase } from '../test-database.js';

/** The schema of the event store. The tables of the rows are in others. */
export const SCHEMA = 'shop store';

interface Line {
  no: number;
  product: string;
  price: string;
}

export class OrderPlaced extends DomainEvent<
  'shop.placed',
  { tenant: string; order: string; lines: Line[]; note?: unknown }
> {
  static readonly type = 'shop.placed';
  static override readonly schemaVersion = 2;
  /** The first version had the tenant and the order in one field. */
  static override readonly upcasters = {
    1: ({ id, ...data }: { id: string }) => ({ ...data, tenant: id.split('/')[0], order: id.split('/')[1] }),
  };
  readonly type = OrderPlaced.type;
}

export class LineTaken extends DomainEvent<'shop.taken', { tenant: string; order: string; no: number }> {
  static readonly type = 'shop.taken';
  readonly type = LineTaken.type;
}

type ShopEvent = OrderPlaced | LineTaken;

/** An amount of money, as an object of the host. */
class Money {
  constructor(readonly cents: number) {}
}

@Entity('orders', { schema: 'public' })
export class OrderRow {
  @PrimaryColumn('text') tenant: string;
  @PrimaryColumn('text') order: string;
  @Column('numeric', { precision: 12, scale: 2 }) total: string;
  @Column('bigint') serial: string;
  @Column('jsonb', { nullable: true }) note: unknown;
  @Column('text', { array: true }) products: string[];
  @Column('timestamp', { precision: 0 }) placed: Date;
  @Column('text', { default: 'open' }) state?: string;
  @Column('integer', {
    name: 'in_cents',
    transformer: { to: ({ cents }: Money) => cents, from: (cents: number) => new Money(cents) },
  })
  money: Money;
}

@Entity('order_lines', { schema: 'public' })
export class OrderLineRow {
  @PrimaryColumn('text') tenant: string;
  @PrimaryColumn('text') order: string;
  @PrimaryColumn('integer') no: number;
  @Column('text') product: string;
}

@Entity('stock', { schema: 'public' })
export class StockRow {
  @PrimaryColumn('text') product: string;
  @Column('integer') sold: number;
}

@Entity('receipts', { schema: 'public' })
export class ReceiptRow {
  @PrimaryColumn('text') order: string;
  @Column('integer') lines: number;
}

const orderKey = ({ data: { tenant, order } }: Recorded<ShopEvent>) => ({ tenant, order });

/** The key is computed, the primary key has several columns, and an event touches several rows. */
@Projection({
  name: 'orders',
  revision: 1,
  partitions: 3,
  key: ({ data: { tenant, order } }: Recorded<ShopEvent>) => `${tenant}/${order}`,
  rows: [
    touches(OrderRow, orderKey),
    touches(OrderLineRow, (event: Recorded<ShopEvent>) =>
      event.type === 'shop.placed'
        ? event.data.lines.map(({ no }) => ({ ...orderKey(event), no }))
        : { ...orderKey(event), no: event.data.no },
    ),
  ],
})
@EventsHandler(OrderPlaced, LineTaken)
export class OrdersProjection {
  constructor(
    @InjectRows(OrderRow) private readonly orders: Rows<OrderRow>,
    @InjectRows(OrderLineRow) private readonly lines: Rows<OrderLineRow>,
  ) {}

  handle(event: Recorded<ShopEvent>): void {
    const key = orderKey(event);
    if (event.type === 'shop.taken') {
      this.lines.remove({ ...key, no: event.data.no });
      return this.orders.change(key, (order) => {
        order.products.pop();
        order.serial = String(BigInt(order.serial) + 1n);
      });
    }
    const { lines, note } = event.data;
    for (const { no, product } of lines) this.lines.put({ ...key, no, product });
    const total = lines.reduce((sum, { price }) => sum + Number(price), 0);
    this.orders.put({
      ...key,
      total: String(total),
      serial: String(2n ** 60n + BigInt(event.position)),
      note: note ?? null,
      products: lines.map(({ product }) => product),
      placed: event.timestamp,
      money: new Money(Math.round(total * 100)),
    });
  }
}

/** The key is the order, and yet orders of all keys touch the rows of a product. */
@Projection({
  name: 'stock',
  revision: 1,
  key: ({ data: { tenant, order } }: Recorded<ShopEvent>) => `${tenant}/${order}`,
  rows: [
    touches(StockRow, (event: Recorded<OrderPlaced>) => event.data.lines.map(({ product }) => ({ product }))),
  ],
})
@EventsHandler(OrderPlaced)
export class StockProjection {
  constructor(@InjectRows(StockRow) private readonly stock: Rows<StockRow>) {}

  handle({ data }: Recorded<OrderPlaced>): void {
    for (const { product } of data.lines) {
      const { sold } = this.stock.find({ product }) ?? { sold: 0 };
      this.stock.put({ product, sold: sold + 1 });
    }
  }
}

/** It counts by SQL of its own. */
@Projection({
  name: 'receipts',
  revision: 1,
  key: 'order',
  rows: [touches(ReceiptRow, ({ data: { order } }: Recorded<LineTaken>) => ({ order }))],
})
@EventsHandler(LineTaken)
export class ReceiptsProjection {
  constructor(private readonly turn: CurrentTurn) {}

  async handle({ data }: Recorded<LineTaken>): Promise<void> {
    await this.turn.manager.query(
      `insert into ${this.turn.tableOf(ReceiptRow)} values ($1, 1)
       on conflict ("order") do update set lines = receipts.lines + 1`,
      [data.order],
    );
  }
}

@Reaction({ name: 'mail' })
@EventsHandler(OrderPlaced)
export class Mail {
  handle(): void {}
}

export async function createShopTables(database: TestDatabase): Promise<void> {
  await database.query(
    `create table public.orders (tenant text, "order" text, total numeric(12, 2) not null, serial bigint not null,
       note jsonb, products text[] not null, placed timestamp(0) not null, state text not null, in_cents integer not null,
       primary key (tenant, "order"));
     create table public.order_lines (tenant text, "order" text, no integer, product text not null,
       primary key (tenant, "order", no));
     create table public.stock (product text primary key, sold integer not null);
     create table public.receipts ("order" text primary key, lines integer not null)`,
  );
}

export const startShop = (database: TestDatabase): Promise<INestApplicationContext> => {
  const rows = [OrderRow, OrderLineRow, StockRow, ReceiptRow];
  return startTestApplication(database.url, {
    imports: [EventSourcingModule.forFeature({ events: [OrderPlaced, LineTaken], rows })],
    providers: [OrdersProjection, StockProjection, ReceiptsProjection, Mail],
    eventSourcing: { schema: SCHEMA, turns: { retryDelayMs: 1 } },
    entities: rows,
  });
};
