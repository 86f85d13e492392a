import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { InjectRows, Projection, type Recorded, Rows, touches } from '../../../src/event-sourcing/index.js';
import { CopyLent, CopyLost, CopyReturned } from './copy.events.js';
import { MemberLoans } from './member-loans.entity.js';

type LoanEvent = CopyLent | CopyReturned | CopyLost;

@Projection({
  name: 'member-loans',
  revision: 1,
  key: 'memberId',
  rows: [touches(MemberLoans, (event: Recorded<LoanEvent>) => ({ memberId: event.data.memberId }))],
})
@EventsHandler(CopyLent, CopyReturned, CopyLost)
export class MemberLoansProjection implements IEventHandler<Recorded<LoanEvent>> {
  constructor(@InjectRows(MemberLoans) private readonly rows: Rows<MemberLoans>) {}

  handle({ type, data: { memberId, copyId } }: Recorded<LoanEvent>): void {
    const row = this.rows.find({ memberId }) ?? { memberId, onLoan: [], loansEver: 0, lost: 0 };
    row.onLoan = row.onLoan.filter((id) => id !== copyId);
    if (type === 'copy.lent') {
      row.onLoan.push(copyId);
      row.loansEver++;
    }
    if (type === 'copy.lost') row.lost++;
    this.rows.put(row);
  }
}
