import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { ProjectionProgress } from '../../../src/event-sourcing/index.js';
import { MemberLoans } from './member-loans.entity.js';

export class GetMemberLoans extends Query<MemberLoans | null> {
  constructor(
    readonly memberId: string,
    readonly readAfter?: number,
  ) {
    super();
  }
}

@QueryHandler(GetMemberLoans)
export class GetMemberLoansHandler implements IQueryHandler<GetMemberLoans> {
  constructor(
    @InjectRepository(MemberLoans) private readonly rows: Repository<MemberLoans>,
    private readonly progress: ProjectionProgress,
  ) {}

  async execute({ memberId, readAfter }: GetMemberLoans): Promise<MemberLoans | null> {
    return this.progress.read('member-loans', readAfter, (on) => on(this.rows).findOneBy({ memberId }));
  }
}
