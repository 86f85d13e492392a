import { Get, Post } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import { EventRegistry, EventStore, ProjectionOperations } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { performAct } from './act.js';
import { ActRoute, NO_PROJECTION } from './act-route.js';
import { RETRY, SKIP } from './parked-key-acts.js';
import { ParkedKeyPage, RetryOutcomeBody } from './parked-key-bodies.js';
import { parkedKeyPage } from './parked-key-page.js';
import { ParkedKeyParam, ParkedKeysQuery, ProjectionParam, SkipRequest } from './projections.requests.js';
import { MasksPersonalData } from './personal-data.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Body, Param, Query } from '../api/request/validated.js';

/** The parked keys of a projection: list, retry and skip. */
@ApiController('projections/:name/parked', 'Projections')
@MasksPersonalData()
export class ParkedKeysController {
  constructor(
    private readonly operations: ProjectionOperations,
    private readonly store: EventStore,
    private readonly registry: EventRegistry,
  ) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    operationId: 'listParkedKeys',
    summary: 'The parked keys of a projection, each with the event at which it is parked',
  })
  @Answers(200, ParkedKeyPage)
  @AnswersProblems(NO_PROJECTION)
  list(
    @Param() { name }: ProjectionParam,
    @Query() { build, after, limit }: ParkedKeysQuery,
  ): Promise<ParkedKeyPage> {
    const read = async (positions: number[]) =>
      this.registry.shown(await this.store.readPositions(positions));
    return parkedKeyPage(this.operations, read, name, { build, after, limit });
  }

  @Post(':key/retry')
  @ActRoute(RETRY, 200, RetryOutcomeBody)
  retry(@Param() target: ParkedKeyParam): Promise<RetryOutcomeBody> {
    return performAct(this.operations, RETRY, target);
  }

  @Post(':key/skip')
  @ActRoute(SKIP, 200, RetryOutcomeBody)
  @ApiBody({ type: SkipRequest, required: false })
  skip(@Param() { name, key }: ParkedKeyParam, @Body() { reason }: SkipRequest): Promise<RetryOutcomeBody> {
    return performAct(this.operations, SKIP, { name, key, reason });
  }
}
