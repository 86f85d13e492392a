import { Get, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { ProjectionOperations, RowHistory } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { Param, Query } from '../api/request/validated.js';
import { ApiController } from '../api/route/api-controller.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { performAct } from './act.js';
import { ActRoute, NO_PROJECTION, NO_ROW, NOT_TOLD, SEARCH_BUSY } from './act-route.js';
import { RowHistoryQuery, RowParam } from './projections.requests.js';
import { REBUILD_ROW } from './row-acts.js';
import { RowHistoryBody, RowRebuildBody, RowsOfKeyBody } from './row-bodies.js';
import { MasksPersonalData } from './personal-data.js';

/** The rows of one key: as they are, how they came to be, and anew. */
@ApiController('projections/:name/rows', 'Projections')
@MasksPersonalData()
export class RowsController {
  constructor(
    private readonly history: RowHistory,
    private readonly operations: ProjectionOperations,
  ) {}

  @Get(':key')
  @Allow('admin')
  @ApiOperation({
    operationId: 'getRows',
    summary: 'The living rows of a key',
    description:
      'The key is that of the projection, as in the list of parked keys: a user id, a content id. Rows of every table ' +
      'of the projection are shown.',
  })
  @Answers(200, RowsOfKeyBody)
  @AnswersProblems(NO_PROJECTION, NO_ROW, NOT_TOLD[0], SEARCH_BUSY)
  rows(@Param() { name, key }: RowParam): Promise<RowsOfKeyBody> {
    return this.history.rows(name, key);
  }

  @Get(':key/history')
  @Allow('admin')
  @ApiOperation({
    operationId: 'getRowHistory',
    summary: 'The events of a key, and what each changed in its rows',
    description:
      'The events of the key alone are folded in memory, by the code of this process. A request looks through the log ' +
      'for about a second, and `scanned` says how far it came: follow `nextCursor` until it is null. With `upTo`, and ' +
      '`after` at the same position, `tables` has the rows as of that position.',
  })
  @Answers(200, RowHistoryBody)
  @AnswersProblems(NO_PROJECTION, ...NOT_TOLD, SEARCH_BUSY)
  historyOf(
    @Param() { name, key }: RowParam,
    @Query() { after, upTo, limit }: RowHistoryQuery,
  ): Promise<RowHistoryBody> {
    return this.history.history(name, key, { after, upTo, limit });
  }

  @Post(':key/rebuild')
  @ActRoute(REBUILD_ROW, 200, RowRebuildBody)
  rebuild(@Param() target: RowParam): Promise<RowRebuildBody> {
    return performAct(this.operations, REBUILD_ROW, target);
  }
}
