import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { ProjectionProgress } from '../../../src/event-sourcing/index.js';
import { CustomerTotals } from './customer-totals.entity.js';

export class GetCustomerTotals extends Query<CustomerTotals> {
  constructor(
    readonly customerId: string,
    readonly readAfter?: number,
  ) {
    super();
  }
}

@QueryHandler(GetCustomerTotals)
export class GetCustomerTotalsHandler implements IQueryHandler<GetCustomerTotals> {
  constructor(
    @InjectRepository(CustomerTotals) private readonly rows: Repository<CustomerTotals>,
    private readonly progress: ProjectionProgress,
  ) {}

  async execute({ customerId, readAfter }: GetCustomerTotals): Promise<CustomerTotals> {
    await this.progress.waitFor('customer-totals', readAfter);
    const row = await this.rows.findOneBy({ customerId });
    return row ?? { customerId, orders: 0, shipped: 0, paidCents: 0 };
  }
}
