import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { addTransactionalDataSource, getDataSourceByName, Transactional } from 'typeorm-transactional';
import { migrationsFor } from '../../../migrations/index.js';
import {
  EventSourcedRepository,
  EventSourcingModule,
  InjectAggregates,
} from '../../../src/event-sourcing/index.js';
import { Account, Payment } from './account.js';

@Injectable()
export class Payments {
  constructor(
    @InjectRepository(Payment) private readonly rows: Repository<Payment>,
    @InjectAggregates(Account) private readonly accounts: EventSourcedRepository<Account>,
  ) {}

  /** The row and the event are committed together, or neither is. */
  @Transactional()
  async pay(accountId: string, amount: number): Promise<Account> {
    await this.rows.insert({ accountId, amount });
    return this.accounts.update(accountId, (account) => account.pay(amount));
  }
}

@Module({})
export class PaymentsModule {
  static forRoot(url: string): DynamicModule {
    return {
      module: PaymentsModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            type: 'postgres',
            url,
            entities: [Payment],
            synchronize: true,
            migrations: migrationsFor(),
            migrationsRun: true,
            installExtensions: false,
          }),
          dataSourceFactory: async (options) => addTransactionalDataSource(new DataSource(options!)),
        }),
        TypeOrmModule.forFeature([Payment]),
        CqrsModule.forRoot(),
        EventSourcingModule.forRoot({
          currentTransaction: () => getDataSourceByName('default')?.manager,
        }),
        EventSourcingModule.forFeature({ aggregates: [Account] }),
      ],
      providers: [Payments],
    };
  }
}
