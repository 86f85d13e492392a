import { applyDecorators, Get, HttpCode, Post, type Type, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import {
  ProcessInputError,
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
import { END_PROCESS, type ProcessAct, RETRY_PROCESS, SEND_INPUT } from './process-acts.js';
import { ProcessInstanceBody, ProcessInstancePage, SentInputBody } from './process-bodies.js';
import { processPage } from './process-page.js';
import { EndRequest, InputRequest, ProcessesQuery, ProcessParam } from './processes.requests.js';
import { MasksPersonalData } from './personal-data.js';

const ONLY_LISTED = 'A key that is not in the list of processes has no process.';

/** Documents and guards the route of an act on a process, and runs it in the message of its sender. */
const ProcessActRoute = (
  { operationId, summary, effect, refusals }: ProcessAct<never, unknown>,
  body: Type<object> = ProcessInstanceBody,
) =>
  applyDecorators(
    Allow('admin'),
    UseInterceptors(ActorInterceptor),
    HttpCode(202),
    ApiOperation({ operationId, summary, description: `${effect} ${ONLY_LISTED}` }),
    Answers(202, body),
    AnswersProblems(
      new ProcessNotFoundError('checkout has no process for the key "o-17".'),
      ...refusals.map(([code, example]) => new ProcessStateError(code, example)),
      ...OF_A_NEWER_BUILD,
    ),
  );

/** The processes of process managers: list, retry, end, and inputs by hand. */
@ApiController('processes', 'Processes')
@MasksPersonalData()
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
  @AnswersProblems(new ProjectionBusyError('checkout'))
  retry(@Param() target: ProcessParam): Promise<ProcessInstanceBody> {
    return RETRY_PROCESS.perform(this.instances, target);
  }

  @Post(':name/:key/end')
  @ProcessActRoute(END_PROCESS)
  @ApiBody({ type: EndRequest, required: false })
  end(@Param() { name, key }: ProcessParam, @Body() { reason }: EndRequest): Promise<ProcessInstanceBody> {
    return END_PROCESS.perform(this.instances, { name, key, reason });
  }

  @Post(':name/:key/inputs')
  @ProcessActRoute(SEND_INPUT, SentInputBody)
  @AnswersProblems(
    new ProcessInputError('checkout does not handle "order.payed": it handles order.placed, order.paid.'),
  )
  send(
    @Param() { name, key }: ProcessParam,
    @Body() { type, data, reason }: InputRequest,
  ): Promise<SentInputBody> {
    return SEND_INPUT.perform(this.instances, { name, key, type, data, reason });
  }
}
