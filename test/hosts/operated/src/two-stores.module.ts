import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule } from 'nest-eventfold';
import { migrationsFor } from 'nest-eventfold/migrations';
import { dataSource } from './data-source.js';

/** Two event stores with names, and none without a name. */
@Module({
  imports: [
    TypeOrmModule.forRoot({
      ...dataSource,
      migrations: [...migrationsFor('ledger'), ...migrationsFor('billing')],
      retryAttempts: 0,
    }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot({ name: 'ledger', schema: 'ledger' }),
    EventSourcingModule.forRootAsync({ name: 'billing', useFactory: () => ({ schema: 'billing' }) }),
  ],
})
export class TwoStoresModule {}
