import { Get } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { EventfoldError, EventStore, type StoredEvent } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { StoredEventPage } from '../api/route/bodies.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { LogQuery, StreamIdParam, StreamQuery } from './log.requests.js';
import { Param, Query } from '../api/request/validated.js';

class StreamNotFound extends EventfoldError {
  readonly kind = 'not-found';
  readonly code = 'stream.not-found';

  constructor(streamId: string) {
    super(`There is no stream "${streamId}".`);
  }
}

/** Stored events: those of one stream, and those of the whole log. */
@ApiController('', 'Log')
export class LogController {
  constructor(private readonly store: EventStore) {}

  @Get('streams/:streamId')
  @Allow('admin')
  @ApiOperation({
    operationId: 'readStream',
    summary: 'The events of a stream',
    description: 'Ordered by version, from `fromVersion` on.',
  })
  @Answers(200, StoredEventPage)
  @AnswersProblems(new StreamNotFound('content-metropolis-1927'))
  async stream(
    @Param() { streamId }: StreamIdParam,
    @Query() { fromVersion, limit, direction }: StreamQuery,
  ): Promise<StoredEventPage> {
    const found = await this.store.readStream(streamId, { fromVersion, direction, maxCount: limit + 1 });
    if (found.length === 0) await this.requireStream(streamId);
    return pageOf(found, limit, (_, next) => next.version);
  }

  @Get('events')
  @Allow('admin')
  @ApiOperation({
    operationId: 'readEvents',
    summary: 'The events of the log',
    description: 'Ordered by position, after the position `after`.',
  })
  @Answers(200, StoredEventPage)
  async events(@Query() { after, limit, type }: LogQuery): Promise<StoredEventPage> {
    const types = type === undefined ? [] : [type];
    const found = await this.store.readAll({ fromPosition: after, maxCount: limit + 1, types });
    return pageOf(found, limit, (last) => last.position);
  }

  /** A page beyond the end of a stream is empty. A stream that does not exist is an error. */
  private async requireStream(streamId: string): Promise<void> {
    const [last] = await this.store.readStream(streamId, { direction: 'backwards', maxCount: 1 });
    if (last === undefined) throw new StreamNotFound(streamId);
  }
}

/** @param found one event more than the page takes, if there are more */
function pageOf(
  found: StoredEvent[],
  limit: number,
  cursor: (last: StoredEvent, next: StoredEvent) => number,
): StoredEventPage {
  const items = found.slice(0, limit);
  const next = found[limit];
  return { items, nextCursor: next === undefined ? null : String(cursor(items.at(-1)!, next)) };
}
