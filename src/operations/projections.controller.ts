import { Delete, Get, Post } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import { ProjectionOperations } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { performAct } from './act.js';
import { ActRoute, NO_PROJECTION } from './act-route.js';
import { CANCEL, DROP, PAUSE, REBUILD, RELEASE, RESUME } from './projection-acts.js';
import { latestFirst } from './latest-first.js';
import { LatestFirst } from './operations.requests.js';
import { ProjectionBody, ProjectionPage } from './projection-bodies.js';
import { ProjectionParam, RebuildRequest } from './projections.requests.js';
import { RebuildEndPage } from './rebuild-bodies.js';
import { MasksPersonalData } from './personal-data.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Body, Param, Query } from '../api/request/validated.js';

/** The status of projections, and the acts of `projection-acts.ts` on them. */
@ApiController('projections', 'Projections')
@MasksPersonalData()
export class ProjectionsController {
  constructor(private readonly operations: ProjectionOperations) {}

  @Get()
  @Allow('admin')
  @ApiOperation({ operationId: 'listProjections', summary: 'The status of all projections' })
  @Answers(200, ProjectionPage)
  async list(): Promise<ProjectionPage> {
    return { items: await this.operations.list(), nextCursor: null };
  }

  @Get(':name')
  @Allow('admin')
  @ApiOperation({ operationId: 'getProjection', summary: 'The status of a projection' })
  @Answers(200, ProjectionBody)
  @AnswersProblems(NO_PROJECTION)
  get(@Param() { name }: ProjectionParam): Promise<ProjectionBody> {
    return this.operations.get(name);
  }

  @Delete(':name')
  @ActRoute(DROP, 200, ProjectionBody)
  drop(@Param() target: ProjectionParam): Promise<ProjectionBody> {
    return performAct(this.operations, DROP, target);
  }

  @Post(':name/pause')
  @ActRoute(PAUSE, 202, ProjectionBody)
  pause(@Param() target: ProjectionParam): Promise<ProjectionBody> {
    return performAct(this.operations, PAUSE, target);
  }

  @Post(':name/resume')
  @ActRoute(RESUME, 202, ProjectionBody)
  resume(@Param() target: ProjectionParam): Promise<ProjectionBody> {
    return performAct(this.operations, RESUME, target);
  }

  @Post(':name/rebuild')
  @ActRoute(REBUILD, 202, ProjectionBody)
  @ApiBody({ type: RebuildRequest, required: false })
  rebuild(@Param() { name }: ProjectionParam, @Body() { hold }: RebuildRequest): Promise<ProjectionBody> {
    return performAct(this.operations, REBUILD, { name, hold });
  }

  @Get(':name/rebuilds')
  @Allow('admin')
  @ApiOperation({
    operationId: 'listRebuilds',
    summary: 'The rebuilds of a projection that have ended, each with its comparison',
    description: 'The latest first. They stay when the projection is dropped.',
  })
  @Answers(200, RebuildEndPage)
  @AnswersProblems(NO_PROJECTION)
  async rebuilds(
    @Param() { name }: ProjectionParam,
    @Query() { after, limit }: LatestFirst,
  ): Promise<RebuildEndPage> {
    return latestFirst(await this.operations.rebuilds(name, { after, limit: limit + 1 }), limit);
  }

  @Post(':name/rebuild/release')
  @ActRoute(RELEASE, 202, ProjectionBody)
  release(@Param() target: ProjectionParam): Promise<ProjectionBody> {
    return performAct(this.operations, RELEASE, target);
  }

  @Delete(':name/rebuild')
  @ActRoute(CANCEL, 202, ProjectionBody)
  cancelRebuild(@Param() target: ProjectionParam): Promise<ProjectionBody> {
    return performAct(this.operations, CANCEL, target);
  }
}
