import { type INestApplicationContext, Injectable, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Column, DataSource, Entity, type EntityManager, PrimaryGeneratedColumn } from 'typeorm';
import {
  AggregateRoot,
  DomainEvent,
  EventSourcedRepository,
  EventSourcingModule,
  EventStore,
  type Evolve,
} from '../../src/event-sourcing/index.js';
import type { TestDatabase } from './test-database.js';

/** A row of the host's own: what it has done so far, before there were events. */
@Entity('payments', { schema: 'public' })
export class Payment {
  @PrimaryGeneratedColumn() id: number;
  @Column('text') wallet: string;
  @Column('integer') amount: number;
}

export class Paid extends DomainEvent<'wallet.paid', { amount: number }> {
  static readonly type = 'wallet.paid';
  readonly type = Paid.type;
}

export class Wallet extends AggregateRoot<{ balance: number }, Paid> {
  static readonly stream = 'wallet';
  static readonly events = [Paid];
  protected readonly initialState = { balance: 0 };
  protected readonly evolve: Evolve<{ balance: number }, Paid> = {
    'wallet.paid': ({ balance }, { data }) => ({ balance: balance + data.amount }),
  };

  pay(amount: number): void {
    if (this.state.balance + amount < 0) throw new Error('not enough money');
    this.raise(new Paid({ amount }));
  }
}

@Injectable()
export class WalletRepository extends EventSourcedRepository<Wallet> {
  protected readonly aggregateClass = Wallet;

  protected override notFound(id: string): never {
    throw new Error(`no wallet ${id}`);
  }
}

/** A monolith that keeps tables of its own in the same database, and appends within its own transactions. */
export interface HostApplication {
  dataSource: DataSource;
  store: EventStore;
  wallets: WalletRepository;
  /** Writes the host's row and changes the aggregate, in the given transaction. */
  pay(wallet: string, amount: number, manager: EntityManager): Promise<Wallet>;
  stop(): Promise<void>;
}

export async function startHostApplication(database: TestDatabase): Promise<HostApplication> {
  Logger.overrideLogger(false);
  const app = await NestFactory.createApplicationContext(hostModule(database.url), { logger: false });
  const wallets = app.get(WalletRepository);
  return {
    dataSource: app.get(DataSource),
    store: app.get(EventStore),
    wallets,
    pay: async (wallet, amount, manager) => {
      await manager.insert(Payment, { wallet, amount });
      return wallets.update(wallet, (each) => each.pay(amount), { manager });
    },
    stop: (): ReturnType<INestApplicationContext['close']> => app.close(),
  };
}

const hostModule = (url: string) => ({
  module: class HostModule {},
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url,
      entities: [Payment],
      synchronize: true, // the host's table; those of the log are none of its entities
      poolSize: 25,
      retryAttempts: 0,
      installExtensions: false,
    }),
    EventSourcingModule.forRoot({ projections: false }),
    EventSourcingModule.forFeature({ events: [Paid] }),
  ],
  providers: [WalletRepository],
});
