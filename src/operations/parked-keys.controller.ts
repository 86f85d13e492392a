import { Get, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  EventStore,
  ProjectionBusyError,
  ProjectionNotFoundError,
  ProjectionOperations,
  ProjectionStateError,
} from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { OF_A_NEWER_BUILD } from '../api/problem/common-problems.js';
import { ParkedKeyPage, RetryOutcomeBody } from './parked-key-bodies.js';
import { parkedKeyPage } from './parked-key-page.js';
import { ParkedKeyParam, ParkedKeysQuery, ProjectionParam } from './projections.requests.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Param, Query } from '../api/request/validated.js';

const UNKNOWN = new ProjectionNotFoundError('There is no projection "user-profiles".');
const NOT_PARKED = new ProjectionNotFoundError(
  '"3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10" is not parked in projection "user-profile".',
);

const OF_AN_ACT = [
  new ProjectionStateError(
    'projection.paused',
    'user-profile is paused, and its rows stay as they are: resume it first.',
  ),
  new ProjectionBusyError('user-profile'),
];

/** The keys of a projection that are set aside, and how they come back. */
@ApiController('projections/:name/parked', 'Projections')
export class ParkedKeysController {
  constructor(
    private readonly operations: ProjectionOperations,
    private readonly store: EventStore,
  ) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    operationId: 'listParkedKeys',
    summary: 'The parked keys of a projection, with the events that they stand at',
  })
  @Answers(200, ParkedKeyPage)
  @AnswersProblems(UNKNOWN)
  list(
    @Param() { name }: ProjectionParam,
    @Query() { build, after, limit }: ParkedKeysQuery,
  ): Promise<ParkedKeyPage> {
    return parkedKeyPage(this.operations, this.store, name, { build, after, limit });
  }

  @Post(':key/retry')
  @Allow('admin')
  @ApiOperation({
    operationId: 'retryParkedKey',
    summary: 'Fold what waits of a parked key, in order, by the code of today',
    description:
      'The key must be one that the list of parked keys has. Otherwise it is 404, as where nothing is parked.',
  })
  @Answers(200, RetryOutcomeBody)
  @AnswersProblems(NOT_PARKED, ...OF_AN_ACT, ...OF_A_NEWER_BUILD)
  retry(@Param() { name, key }: ParkedKeyParam): Promise<RetryOutcomeBody> {
    return this.operations.retry(name, key);
  }

  @Post(':key/skip')
  @Allow('admin')
  @ApiOperation({
    operationId: 'skipParkedKey',
    summary: 'Leave out the event that a parked key stands at',
    description:
      'For good, and on record. What waits behind it is folded. The key must be one that the list of parked keys has. ' +
      'Otherwise it is 404, as where nothing is parked.',
  })
  @Answers(200, RetryOutcomeBody)
  @AnswersProblems(NOT_PARKED, ...OF_AN_ACT, ...OF_A_NEWER_BUILD)
  skip(@Param() { name, key }: ParkedKeyParam): Promise<RetryOutcomeBody> {
    return this.operations.skip(name, key);
  }
}
