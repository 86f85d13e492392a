import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The orders of a customer, without cancelled ones. */
@Entity('customer_totals')
export class CustomerTotals {
  @PrimaryColumn('text', { name: 'customer_id' }) customerId: string;
  @Column('integer') orders: number;
  @Column('integer') shipped: number;
  /** Paid, and not refunded. */
  @Column('integer', { name: 'paid_cents' }) paidCents: number;
}
