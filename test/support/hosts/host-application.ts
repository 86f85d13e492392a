import { ConsoleLogger, type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Column, DataSource, Entity, type EntityManager, PrimaryGeneratedColumn } from 'typeorm';
import { IdempotencyKeys } from '../../../src/event-sourcing/for-service.js';
import {
  AggregateRoot,
  DomainEvent,
  type EventSourcedRepository,
  EventSourcingModule,
  type EventSourcingOptions,
  EventStore,
  type Evolve,
  getAggregatesToken,
} from '../../../src/event-sourcing/index.js';
import type { TestDatabase } from '../test-database.js';

/** A row of the host's own, as the host had it before there were events. */
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

/** A monolith that keeps tables of its own in the same database, and appends within its own transactions. */
export interface HostApplication {
  dataSource: DataSource;
  store: EventStore;
  wallets: EventSourcedRepository<Wallet>;
  keys: IdempotencyKeys;
  /** Lines of its log, from `warn` on. */
  warnings: string[];
  /** Writes the host's row and changes the aggregate, in the given transaction. */
  pay(wallet: string, amount: number, manager: EntityManager): Promise<Wallet>;
  stop(): Promise<void>;
}

/** Does not print its lines. */
class Warnings extends ConsoleLogger {
  readonly lines: string[] = [];

  constructor() {
    super({ logLevels: ['warn', 'error', 'fatal'] });
  }

  protected override printMessages(messages: unknown[]): void {
    this.lines.push(...messages.map(String));
  }
}

export async function startHostApplication(
  database: TestDatabase,
  options: EventSourcingOptions & { poolSize?: number } = {},
): Promise<HostApplication> {
  const logger = new Warnings();
  Logger.overrideLogger(logger);
  const app = await NestFactory.createApplicationContext(hostModule(database.url, options), { logger });
  const wallets = app.get<EventSourcedRepository<Wallet>>(getAggregatesToken(Wallet));
  return {
    dataSource: app.get(DataSource),
    store: app.get(EventStore),
    wallets,
    keys: app.get(IdempotencyKeys),
    warnings: logger.lines,
    pay: async (wallet, amount, manager) => {
      await manager.insert(Payment, { wallet, amount });
      return wallets.update(wallet, (each) => each.pay(amount), { manager });
    },
    stop: (): ReturnType<INestApplicationContext['close']> => app.close(),
  };
}

const hostModule = (
  url: string,
  { poolSize = 25, ...options }: EventSourcingOptions & { poolSize?: number },
) => ({
  module: class HostModule {},
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url,
      entities: [Payment],
      synchronize: true, // for the host's table; the tables of the log are no entities of the host
      poolSize,
      retryAttempts: 0,
      installExtensions: false,
    }),
    EventSourcingModule.forRoot({ projections: false, ...options }),
    EventSourcingModule.forFeature({ aggregates: [Wallet] }),
  ],
});
