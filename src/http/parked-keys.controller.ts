import { Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { EventStore, ProjectionOperations } from '../event-sourcing/index.js';
import { AnswersProblems, ApiController } from './api-controller.js';
import { ParkedKeyPage, RetryOutcomeBody } from './parked-key-bodies.js';
import { parkedKeyPage } from './parked-key-page.js';
import { ParkedKeyParam, ParkedKeysQuery, ProjectionParam } from './projections.requests.js';

const UNKNOWN = '`projection.not-found`: no projection has the name, or it has no such parked key.';

/** The keys of a projection that are set aside, and how they come back. */
@ApiController('projections/:name/parked', 'Projections')
export class ParkedKeysController {
  constructor(
    private readonly operations: ProjectionOperations,
    private readonly store: EventStore,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The parked keys of a projection, with the events that they stand at' })
  @ApiOkResponse({ type: ParkedKeyPage })
  @AnswersProblems({ 404: UNKNOWN })
  list(
    @Param() { name }: ProjectionParam,
    @Query() { after, limit }: ParkedKeysQuery,
  ): Promise<ParkedKeyPage> {
    return parkedKeyPage(this.operations, this.store, name, { after, limit });
  }

  @Post(':key/retry')
  @HttpCode(200)
  @ApiOperation({ summary: 'Fold what waits of a parked key, in order, by the code of today' })
  @ApiOkResponse({ type: RetryOutcomeBody })
  @AnswersProblems({ 404: UNKNOWN })
  retry(@Param() { name, key }: ParkedKeyParam): Promise<RetryOutcomeBody> {
    return this.operations.retry(name, key);
  }

  @Post(':key/skip')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Leave out the event that a parked key stands at',
    description: 'For good, and on record. What waits behind it is folded.',
  })
  @ApiOkResponse({ type: RetryOutcomeBody })
  @AnswersProblems({ 404: UNKNOWN })
  skip(@Param() { name, key }: ParkedKeyParam): Promise<RetryOutcomeBody> {
    return this.operations.skip(name, key);
  }
}
