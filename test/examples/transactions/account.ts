import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { AggregateRoot, DomainEvent, type Evolve } from '../../../src/event-sourcing/index.js';

/** A row that the application has always had. */
@Entity('payments')
export class Payment {
  @PrimaryGeneratedColumn() id: number;
  @Column('text') accountId: string;
  @Column('integer') amount: number;
}

export class Paid extends DomainEvent<'account.paid', { amount: number }> {
  static readonly type = 'account.paid';
  readonly type = Paid.type;
}

/** Payments into the account and out of it, never more than its balance. */
export class Account extends AggregateRoot<{ balance: number }, Paid> {
  static readonly stream = 'account';
  static readonly events = [Paid];
  protected readonly initialState = { balance: 0 };
  protected readonly evolve: Evolve<{ balance: number }, Paid> = {
    'account.paid': ({ balance }, { data }) => ({ balance: balance + data.amount }),
  };

  static open(id: string, amount: number): Account {
    const account = new Account(id);
    account.pay(amount);
    return account;
  }

  pay(amount: number): void {
    if (this.state.balance + amount < 0) throw new Error(`Account ${this.id} has ${this.state.balance}.`);
    this.raise(new Paid({ amount }));
  }
}
