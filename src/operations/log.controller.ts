import { Get } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  EventNotFoundError,
  EventRegistry,
  EventStore,
  LogSearch,
  NoAggregateError,
  PastStatesBusyError,
  RowHistory,
  StreamNotFoundError,
  StreamStates,
} from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { StoredEventPage } from '../api/route/bodies.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { SEARCH_BUSY } from './act-route.js';
import { LogPage, StreamStatesBody } from './log-bodies.js';
import { LogQuery, PositionParam, StatesQuery, StreamIdParam, StreamQuery } from './log.requests.js';
import { TouchedRowsPage } from './row-bodies.js';
import { MasksPersonalData } from './personal-data.js';
import { Param, Query } from '../api/request/validated.js';

const NO_STREAM = new StreamNotFoundError('content-metropolis-1927');

/** Stored events: those of one stream, and those of the whole log. What each made of its aggregate, and of rows. */
@ApiController('', 'Log')
@MasksPersonalData()
export class LogController {
  constructor(
    private readonly store: EventStore,
    private readonly search: LogSearch,
    private readonly states: StreamStates,
    private readonly history: RowHistory,
    private readonly registry: EventRegistry,
  ) {}

  @Get('streams/:streamId')
  @Allow('admin')
  @ApiOperation({
    operationId: 'readStream',
    summary: 'The events of a stream',
    description: 'Ordered by version, from `fromVersion` on. A page of large events has fewer than `limit`.',
  })
  @Answers(200, StoredEventPage)
  @AnswersProblems(NO_STREAM)
  async stream(
    @Param() { streamId }: StreamIdParam,
    @Query() { fromVersion, limit, direction }: StreamQuery,
  ): Promise<StoredEventPage> {
    // One event more than requested tells whether there are more.
    const range = { fromVersion, direction, maxCount: limit + 1 };
    const { events, isCut } = await this.store.readStreamPart(streamId, range);
    if (events.length === 0) await this.requireStream(streamId);
    const items = await this.registry.shown(events.slice(0, limit));
    const next = isCut ? items.at(-1)!.version + (direction === 'backwards' ? -1 : 1) : 0;
    return { items, nextCursor: next === 0 ? null : String(next) };
  }

  @Get('streams/:streamId/states')
  @Allow('admin')
  @ApiOperation({
    operationId: 'readStates',
    summary: 'The events of a stream, and the state of the aggregate after each',
    description:
      'Ordered by version, from `fromVersion` on. The state is folded by the aggregate of this process. It ends at an ' +
      'event that the aggregate cannot apply.',
  })
  @Answers(200, StreamStatesBody)
  @AnswersProblems(NO_STREAM, new NoAggregateError('content-metropolis-1927'), new PastStatesBusyError(50))
  async statesOf(
    @Param() { streamId }: StreamIdParam,
    @Query() { fromVersion, limit }: StatesQuery,
  ): Promise<StreamStatesBody> {
    const { next, ...page } = await this.states.read(streamId, { fromVersion, limit });
    return { ...page, nextCursor: next === undefined ? null : String(next) };
  }

  @Get('events')
  @Allow('admin')
  @ApiOperation({
    operationId: 'readEvents',
    summary: 'The events of the log',
    description:
      'Ordered by position, after the position `after`. With a filter, a request looks through the log for about a ' +
      'second, and `scanned` says how far it came. A page may be empty while `nextCursor` is set: follow it.',
  })
  @Answers(200, LogPage)
  @AnswersProblems(SEARCH_BUSY)
  async events(@Query() { type, ...query }: LogQuery): Promise<LogPage> {
    const types = type === undefined ? [] : [type];
    const { events, next, to, head } = await this.search.find({ ...query, types });
    const items = await this.registry.shown(events);
    return { items, nextCursor: next === undefined ? null : String(next), scanned: { to, head } };
  }

  @Get('events/:position/rows')
  @Allow('admin')
  @ApiOperation({ operationId: 'getTouchedRows', summary: 'The rows of read models that an event touches' })
  @Answers(200, TouchedRowsPage)
  @AnswersProblems(new EventNotFoundError(17))
  async touchedRows(@Param() { position }: PositionParam): Promise<TouchedRowsPage> {
    return { items: await this.history.touchedBy(position) };
  }

  /** A page beyond the end of a stream is empty. A stream that does not exist is an error. */
  private async requireStream(streamId: string): Promise<void> {
    const [last] = await this.store.readStream(streamId, { direction: 'backwards', maxCount: 1 });
    if (last === undefined) throw new StreamNotFoundError(streamId);
  }
}
