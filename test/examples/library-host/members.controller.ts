import { Controller, Get, Param, UseFilters, UseGuards } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Allow, EventfoldAccessGuard, ReadAfter } from '../../../src/api/index.js';
import { GetMemberLoans } from '../library/get-member-loans.query.js';
import { LibraryErrors } from './library-errors.filter.js';

@Controller('members')
@UseFilters(LibraryErrors)
@UseGuards(EventfoldAccessGuard)
export class MembersController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':memberId/loans')
  @Allow('admin')
  loans(@Param('memberId') memberId: string, @ReadAfter() position?: number) {
    return this.queries.execute(new GetMemberLoans(memberId, position));
  }
}
