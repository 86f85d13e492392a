import { applyDecorators, Get, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import {
  ProcessInstances,
  ProcessNotFoundError,
  ProcessStateError,
  ProjectionBusyError,
} from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ActorInterceptor } from '../api/host/actor.interceptor.js';
import { Body, Param, Query } from '../api/request/validated.js';
import { ApiController } from '../api/route/api-controller.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { OF_A_NEWER_BUILD } from '../api/problem/common-problems.js';
import { END_PROCESS, type ProcessAct, RETRY_PROCESS } from './process-acts.js';
import { ProcessInstanceBody, ProcessInstancePage } from './process-bodies.js';
import { processPage } from './process-page.js';
import { EndRequest, ProcessesQuery, ProcessParam } from './processes.requests.js';

/** Documents and guards the route of an act on a process, and runs it in the message of its sender. */
const ProcessActRoute = ({ operationId, summary, effect, refusals }: ProcessAct<never>) =>
  applyDecorators(
    Allow('admin'),
    UseInterceptors(ActorInterceptor),
    HttpCode(202),
    ApiOperation({ operationId, summary, description: effect }),
    Answers(202, ProcessInstanceBody),
    AnswersProblems(
      new ProcessNotFoundError('checkout has no process for the key "o-17".'),
      ...refusals.map(([code, example]) => new ProcessStateError(code, example)),
      new ProjectionBusyError('checkout'),
      ...OF_A_NEWER_BUILD,
    ),
  );

/** The processes of process managers: list, retry and end. */
@ApiController('processes', 'Processes')
export class ProcessesController {
  constructor(private readonly instances: ProcessInstances) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    operationId: 'listProcesses',
    summary: 'The processes of process managers, one for each key, by name and key',
    description: 'A process that is `stuck` waits for an operator, for the reason that `reason` gives.',
  })
  @Answers(200, ProcessInstancePage)
  list(@Query() { name, state, cursor, limit }: ProcessesQuery): Promise<ProcessInstancePage> {
    return processPage(this.instances, { name, state, cursor, limit });
  }

  @Post(':name/:key/retry')
  @ProcessActRoute(RETRY_PROCESS)
  retry(@Param() target: ProcessParam): Promise<ProcessInstanceBody> {
    return RETRY_PROCESS.perform(this.instances, target);
  }

  @Post(':name/:key/end')
  @ProcessActRoute(END_PROCESS)
  @ApiBody({ type: EndRequest, required: false })
  end(@Param() { name, key }: ProcessParam, @Body() { reason }: EndRequest): Promise<ProcessInstanceBody> {
    return END_PROCESS.perform(this.instances, { name, key, reason });
  }
}
