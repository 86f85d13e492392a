import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The present and past loans of a member. */
@Entity('member_loans')
export class MemberLoans {
  @PrimaryColumn('text', { name: 'member_id' }) memberId: string;
  /** Ids of the copies that the member has now, in the order they were lent. */
  @Column('text', { name: 'on_loan', array: true }) onLoan: string[];
  @Column('integer', { name: 'loans_ever' }) loansEver: number;
  @Column('integer') lost: number;
}
