import { Get } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { OperationsLog } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { Answers } from '../api/route/route-answers.js';
import { Query } from '../api/request/validated.js';
import { latestFirst } from './latest-first.js';
import { OperationPage } from './operation-bodies.js';
import { OperationsQuery } from './operations.requests.js';
import { MasksPersonalData } from './personal-data.js';

/** The log of operations: who did what. */
@ApiController('operations', 'Operations')
@MasksPersonalData()
export class OperationsController {
  constructor(private readonly log: OperationsLog) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    operationId: 'listOperations',
    summary: 'Who did what, with which outcome',
    description: 'The acts of operators on projections, parked keys and timers, the latest first.',
  })
  @Answers(200, OperationPage)
  async list(@Query() { after, limit, projection }: OperationsQuery): Promise<OperationPage> {
    return latestFirst(await this.log.list({ after, projection, limit: limit + 1 }), limit);
  }
}
