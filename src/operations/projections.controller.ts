import { Delete, Get, Post } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import {
  ProjectionBusyError,
  ProjectionNotFoundError,
  ProjectionOperations,
  ProjectionStateError,
} from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { ProjectionBody, ProjectionPage } from './projection-bodies.js';
import { ProjectionParam, RebuildRequest } from './projections.requests.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Body, Param } from '../api/request/validated.js';

const UNKNOWN = new ProjectionNotFoundError('There is no projection "user-profiles".');

const BUSY = new ProjectionBusyError('user-profile');

/**
 * What an operator sees of projections, and does with them. What is asked for is under way with the answer, not done.
 */
@ApiController('projections', 'Projections')
export class ProjectionsController {
  constructor(private readonly operations: ProjectionOperations) {}

  @Get()
  @Allow('admin')
  @ApiOperation({ operationId: 'listProjections', summary: 'How all projections are' })
  @Answers(200, ProjectionPage)
  async list(): Promise<ProjectionPage> {
    return { items: await this.operations.list(), nextCursor: null };
  }

  @Get(':name')
  @Allow('admin')
  @ApiOperation({ operationId: 'getProjection', summary: 'How a projection is' })
  @Answers(200, ProjectionBody)
  @AnswersProblems(UNKNOWN)
  get(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    return this.operations.get(name);
  }

  @Delete(':name')
  @Allow('admin')
  @ApiOperation({
    operationId: 'dropProjection',
    summary: 'Forget a projection that no code has any more',
    description:
      'Answers how it was. Its checkpoints, parked keys and rebuild are deleted. Tables of its rows stay: only its code knew which they are. ' +
      'Where a process has it, it is 409.',
  })
  @Answers(200, ProjectionBody)
  @AnswersProblems(
    UNKNOWN,
    new ProjectionStateError(
      'projection.in-use',
      'user-profile is in the code of a process: only one that no process has any more can be dropped.',
    ),
  )
  async drop(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    const last = await this.operations.get(name);
    await this.operations.drop(name);
    return last;
  }

  @Post(':name/pause')
  @Allow('admin')
  @ApiOperation({
    operationId: 'pauseProjection',
    summary: 'Stop folding, on every instance, after the turns under way',
  })
  @Answers(202, ProjectionBody)
  @AnswersProblems(
    UNKNOWN,
    new ProjectionStateError(
      'projection.already-paused',
      'user-profile is paused already, or has not been started yet.',
    ),
  )
  async pause(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    await this.operations.pause(name);
    return this.operations.get(name);
  }

  @Post(':name/resume')
  @Allow('admin')
  @ApiOperation({ operationId: 'resumeProjection', summary: 'Go on after a pause' })
  @Answers(202, ProjectionBody)
  @AnswersProblems(
    UNKNOWN,
    new ProjectionStateError(
      'projection.not-paused',
      'user-profile is not paused, or has not been started yet.',
    ),
  )
  async resume(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    await this.operations.resume(name);
    return this.operations.get(name);
  }

  @Post(':name/rebuild')
  @Allow('admin')
  @ApiOperation({
    operationId: 'rebuildProjection',
    summary: 'Fold the rows again from the first event on',
    description:
      'A process that runs the projection begins. It folds beside the living rows, which serve meanwhile; then both are ' +
      'compared, and what differs is written, in one transaction. It is held by itself where rows or keys would be lost, ' +
      'and it waits while the projection is paused.',
  })
  @ApiBody({ type: RebuildRequest, required: false })
  @Answers(202, ProjectionBody)
  @AnswersProblems(
    UNKNOWN,
    new ProjectionStateError('projection.rebuilding', 'user-profile is being rebuilt already.'),
    new ProjectionStateError(
      'projection.is-reaction',
      'mail is a reaction: what it did cannot be done again.',
    ),
  )
  async rebuild(
    @Param() { name }: ProjectionParam,
    @Body() { hold }: RebuildRequest,
  ): Promise<ProjectionBody> {
    await this.operations.rebuild(name, { hold });
    return this.operations.get(name);
  }

  @Post(':name/rebuild/release')
  @Allow('admin')
  @ApiOperation({
    operationId: 'releaseRebuild',
    summary: 'Let a rebuild that is, or is to be, held go on to the exchange',
    description: 'There must be one: begun with `hold`, and not cancelled since. Otherwise it is 409.',
  })
  @Answers(202, ProjectionBody)
  @AnswersProblems(
    UNKNOWN,
    BUSY,
    new ProjectionStateError('projection.not-held', 'user-profile has no rebuild that is to be held.'),
  )
  async release(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    await this.operations.release(name);
    return this.operations.get(name);
  }

  @Delete(':name/rebuild')
  @Allow('admin')
  @ApiOperation({
    operationId: 'cancelRebuild',
    summary: 'End a rebuild and drop its rows',
    description: 'The living rows stay as they are. Without a rebuild under way it is 409.',
  })
  @Answers(202, ProjectionBody)
  @AnswersProblems(
    UNKNOWN,
    BUSY,
    new ProjectionStateError('projection.not-rebuilding', 'user-profile is not being rebuilt.'),
  )
  async cancelRebuild(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    await this.operations.cancelRebuild(name);
    return this.operations.get(name);
  }
}
