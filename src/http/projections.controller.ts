import { Body, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ProjectionOperations } from '../event-sourcing/index.js';
import { AnswersProblems, ApiController } from './api-controller.js';
import { ProjectionBody, ProjectionPage } from './projection-bodies.js';
import { ProjectionParam, RebuildRequest } from './projections.requests.js';

const UNKNOWN = '`projection.not-found`';

/** What an operator sees of projections, and does with them. What is asked for is under way with the answer, not done. */
@ApiController('projections', 'Projections')
export class ProjectionsController {
  constructor(private readonly operations: ProjectionOperations) {}

  @Get()
  @ApiOperation({ summary: 'How all projections are' })
  @ApiOkResponse({ type: ProjectionPage })
  async list(): Promise<ProjectionPage> {
    return { items: await this.operations.list(), nextCursor: null };
  }

  @Get(':name')
  @ApiOperation({ summary: 'How a projection is' })
  @ApiOkResponse({ type: ProjectionBody })
  @AnswersProblems({ 404: UNKNOWN })
  get(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    return this.operations.get(name);
  }

  @Post(':name/pause')
  @HttpCode(202)
  @ApiOperation({ summary: 'Stop folding, on every instance, after the turns under way' })
  @ApiAcceptedResponse({ type: ProjectionBody })
  @AnswersProblems({ 404: UNKNOWN, 409: '`projection.already-paused`' })
  async pause(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    await this.operations.pause(name);
    return this.operations.get(name);
  }

  @Post(':name/resume')
  @HttpCode(202)
  @ApiOperation({ summary: 'Go on after a pause' })
  @ApiAcceptedResponse({ type: ProjectionBody })
  @AnswersProblems({ 404: UNKNOWN, 409: '`projection.not-paused`' })
  async resume(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    await this.operations.resume(name);
    return this.operations.get(name);
  }

  @Post(':name/rebuild')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Fold the rows again from the first event on',
    description:
      'Beside the living rows, which serve meanwhile; then both are compared and exchanged, in one transaction.',
  })
  @ApiBody({ type: RebuildRequest, required: false })
  @ApiAcceptedResponse({ type: ProjectionBody })
  @AnswersProblems({ 404: UNKNOWN, 409: '`projection.rebuilding`, `projection.is-reaction`' })
  async rebuild(
    @Param() { name }: ProjectionParam,
    @Body() { hold }: RebuildRequest,
  ): Promise<ProjectionBody> {
    await this.operations.rebuild(name, { hold });
    return this.operations.get(name);
  }

  @Post(':name/rebuild/release')
  @HttpCode(202)
  @ApiOperation({ summary: 'Let a rebuild that is, or is to be, held go on to the exchange' })
  @ApiAcceptedResponse({ type: ProjectionBody })
  @AnswersProblems({ 404: UNKNOWN, 409: '`projection.not-held`' })
  async release(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    await this.operations.release(name);
    return this.operations.get(name);
  }

  @Delete(':name/rebuild')
  @HttpCode(202)
  @ApiOperation({ summary: 'End a rebuild and drop its rows' })
  @ApiAcceptedResponse({ type: ProjectionBody })
  @AnswersProblems({ 404: UNKNOWN, 409: '`projection.not-rebuilding`' })
  async cancelRebuild(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    await this.operations.cancelRebuild(name);
    return this.operations.get(name);
  }
}
