import { Get, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { InvalidArgumentError, TimerOperations, Timers } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { InvalidRequest } from '../api/request/invalid-request.error.js';
import { Body, Param, Query } from '../api/request/validated.js';
import { ApiController } from '../api/route/api-controller.js';
import { Answers } from '../api/route/route-answers.js';
import { performAct } from './act.js';
import { ActRoute } from './act-route.js';
import { CANCEL_TIMER, MOVE } from './timer-acts.js';
import { TimerBody, TimerPageBody } from './timer-bodies.js';
import { timerPageOf } from './timer-page.js';
import { MoveRequest, TimerParam, TimersQuery } from './timers.requests.js';
import { MasksPersonalData } from './personal-data.js';

/** Timers: those that wait, and what an operator does with them. */
@ApiController('timers', 'Timers')
@MasksPersonalData()
export class TimersController {
  constructor(
    private readonly timers: Timers,
    private readonly operations: TimerOperations,
  ) {}

  @Get()
  @Allow('admin')
  @ApiOperation({
    operationId: 'listTimers',
    summary: 'The timers that have not fired, the next due first',
    description:
      'The log has those that have fired: an event with `dueAt` in its metadata. A cancelled one is listed for a day.',
  })
  @Answers(200, TimerPageBody)
  async list(@Query() query: TimersQuery): Promise<TimerPageBody> {
    return timerPageOf(await this.timers.list(query).catch(refuseCursor));
  }

  @Post(':id/move')
  @ActRoute(MOVE, 200, TimerBody)
  move(@Param() { id }: TimerParam, @Body() { at }: MoveRequest): Promise<TimerBody> {
    return performAct(this.operations, MOVE, { id, at: new Date(at) });
  }

  @Post(':id/cancel')
  @ActRoute(CANCEL_TIMER, 200, TimerBody)
  cancel(@Param() { id }: TimerParam): Promise<TimerBody> {
    return performAct(this.operations, CANCEL_TIMER, { id });
  }
}

/** All else of the query is checked before. */
function refuseCursor(error: unknown): never {
  if (!(error instanceof InvalidArgumentError)) throw error;
  throw new InvalidRequest([
    { path: 'cursor', message: 'cursor must be the nextCursor of a page of this list' },
  ]);
}
