import { Get, type StreamableFile } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { LiveConnections } from '../event-sourcing/for-service.js';
import { EventRegistry, EventStore, LiveFeed, type StoredEvent } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { liveAnswer } from '../api/live/live-answer.js';
import { Client, type LiveClient } from '../api/live/live-client.js';
import { framesOfEvents } from '../api/live/event-frames.js';
import { Query } from '../api/request/validated.js';
import { ApiController } from '../api/route/api-controller.js';
import { AnswersFeed } from '../api/route/route-answers.js';
import { TakesLastEventId } from '../api/route/route-headers.js';
import { FeedQuery } from './log.requests.js';

/** The events of the log as they come. */
@ApiController('events', 'Log')
export class FeedController {
  constructor(
    private readonly live: LiveFeed,
    private readonly connections: LiveConnections,
    private readonly store: EventStore,
    private readonly registry: EventRegistry,
  ) {}

  @Get('feed')
  @Allow('admin')
  @ApiOperation({
    operationId: 'followEvents',
    summary: 'The events of the log as they come',
    description:
      'Server-sent events, in the order of the log, each once. `id` is the position, `event` is `event`, and `data` is ' +
      'the event as `GET /events` shows it. A comment comes at once, and every 15 s. A client that takes nothing for ' +
      'long is cut off, and resumes by `Last-Event-ID`. A page like this one shows no feed, since it waits for the end: ' +
      'use `curl -N`.',
  })
  @TakesLastEventId()
  @AnswersFeed()
  feed(@Query() query: FeedQuery, @Client() client: LiveClient): Promise<StreamableFile> {
    return liveAnswer(client, this.connections, async () => framesOfEvents(await this.events(query, client)));
  }

  /** The end of the log is found before the client learns that the feed is open: it gets all events from then on. */
  private async events(
    { after, type: types, stream: streamId, correlationId }: FeedQuery,
    { lastEventId }: LiveClient,
  ): Promise<AsyncIterator<StoredEvent>> {
    const start = lastEventId ?? after ?? (await this.store.head());
    return this.shown(this.live.events({ after: start, types, streamId, correlationId }));
  }

  /** No generator: that could not end while it waits for an event. */
  private shown(events: AsyncIterator<StoredEvent>): AsyncIterator<StoredEvent> {
    const open = async (next: IteratorResult<StoredEvent>): Promise<IteratorResult<StoredEvent>> =>
      next.done === true ? next : { done: false, value: (await this.registry.shown([next.value]))[0]! };
    return {
      next: async () => open(await events.next()),
      return: async () => (await events.return?.()) ?? { done: true, value: undefined },
    };
  }
}
