import { Module } from '@nestjs/common';
import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { EventSourcingModule, InjectRows, Projection, type Recorded, Rows, touches } from 'nest-eventfold';
import { Column, Entity, type MigrationInterface, PrimaryColumn, type QueryRunner } from 'typeorm';
import { OrderPlaced } from './orders.js';

@Entity('totals')
export class Total {
  @PrimaryColumn('text') customer!: string;
  @Column('integer') cents!: number;
}

export class Totals1770000000001 implements MigrationInterface {
  name = 'Totals1770000000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'create table shop_events.totals (customer text not null primary key, cents integer not null)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table shop_events.totals');
  }
}

/** With CANNOT_FOLD, this is the build with a mistake: it cannot fold the orders of that customer. */
@Projection({
  name: 'totals',
  revision: 1,
  key: 'customer',
  rows: [touches(Total, ({ data: { customer } }: Recorded<OrderPlaced>) => ({ customer }))],
})
@EventsHandler(OrderPlaced)
export class TotalsProjection implements IEventHandler<Recorded<OrderPlaced>> {
  constructor(@InjectRows(Total) private readonly rows: Rows<Total>) {}

  handle({ data: { customer, cents } }: Recorded<OrderPlaced>): void {
    if (customer === process.env['CANNOT_FOLD']) throw new Error(`no account of ${customer}`);
    const row = this.rows.find({ customer }) ?? { customer, cents: 0 };
    this.rows.put({ customer, cents: row.cents + cents });
  }
}

@Module({
  imports: [EventSourcingModule.forFeature({ rows: [Total] })],
  providers: [TotalsProjection],
})
export class TotalsModule {}
