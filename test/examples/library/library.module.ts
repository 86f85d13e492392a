import { Module } from '@nestjs/common';
import { EventSourcingModule } from '../../../src/event-sourcing/index.js';
import { COPY_EVENTS } from './copy.events.js';
import { CopyRepository } from './copy.repository.js';
import { GetMemberLoansHandler } from './get-member-loans.query.js';
import { LendCopyHandler } from './lend-copy.command.js';
import { MemberLoans } from './member-loans.entity.js';
import { MemberLoansProjection } from './member-loans.projection.js';

/** The write model: copies of books, and the commands on them. */
@Module({
  imports: [EventSourcingModule.forFeature({ events: COPY_EVENTS })],
  providers: [CopyRepository, LendCopyHandler],
  exports: [CopyRepository],
})
export class LibraryModule {}

/** A read model: the loans of each member. */
@Module({
  imports: [EventSourcingModule.forFeature({ rows: [MemberLoans] })],
  providers: [MemberLoansProjection, GetMemberLoansHandler],
})
export class MemberLoansModule {}
