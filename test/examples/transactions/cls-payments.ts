import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClsPluginTransactional, Transactional, TransactionHost } from '@nestjs-cls/transactional';
import { TransactionalAdapterTypeOrm } from '@nestjs-cls/transactional-adapter-typeorm';
import { ClsModule } from 'nestjs-cls';
import { DataSource } from 'typeorm';
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
    private readonly host: TransactionHost<TransactionalAdapterTypeOrm>,
    @InjectAggregates(Account) private readonly accounts: EventSourcedRepository<Account>,
  ) {}

  /** The row and the event are committed together, or neither is. */
  @Transactional()
  async pay(accountId: string, amount: number): Promise<Account> {
    await this.host.tx.insert(Payment, { accountId, amount });
    return this.accounts.update(accountId, (account) => account.pay(amount));
  }
}

@Module({})
export class PaymentsModule {
  static forRoot(url: string): DynamicModule {
    const adapter = new TransactionalAdapterTypeOrm({ dataSourceToken: DataSource });
    return {
      module: PaymentsModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url,
          entities: [Payment],
          synchronize: true,
          migrations: migrationsFor(),
          migrationsRun: true,
          installExtensions: false,
        }),
        ClsModule.forRoot({ global: true, plugins: [new ClsPluginTransactional({ adapter })] }),
        CqrsModule.forRoot(),
        EventSourcingModule.forRootAsync({
          inject: [TransactionHost],
          useFactory: (host: TransactionHost<TransactionalAdapterTypeOrm>) => ({
            currentTransaction: () => host.tx,
          }),
        }),
        EventSourcingModule.forFeature({ aggregates: [Account] }),
      ],
      providers: [Payments],
    };
  }
}
