import { Injectable, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule } from 'nest-eventfold';
import { migrationsFor } from 'nest-eventfold/migrations';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dataSource } from './data-source.js';
import { OrdersModule } from './orders.js';
import { Totals1770000000001, TotalsModule } from './totals.js';

@Entity('customers')
class Customer {
  @PrimaryColumn('text') name!: string;
  @Column('text') address!: string;
}

/** Prints on standard output, and leaves a timer open, as applications do. */
@Injectable()
class Doorbell implements OnApplicationBootstrap, OnApplicationShutdown {
  onApplicationBootstrap(): void {
    console.log(`open, EVENTFOLD_CLI is ${process.env['EVENTFOLD_CLI']}`);
    setInterval(() => undefined, 1_000);
  }

  onApplicationShutdown(): Promise<void> | void {
    console.log('closed');
    if (process.env['NEVER_CLOSES'] !== undefined) return new Promise(() => undefined);
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      ...dataSource,
      entities: [Customer],
      migrations: [...migrationsFor('shop_events'), Totals1770000000001],
      retryAttempts: 0,
    }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot({ schema: 'shop_events', projections: true }),
    OrdersModule,
    TotalsModule,
  ],
  providers: [Doorbell],
})
export class AppModule {}
