import { Get, type StreamableFile } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { LiveConnections, PersonalViews } from '../event-sourcing/for-service.js';
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
import { Masked, MasksPersonalData } from './personal-data.js';

/** The events of the log as they come. */
@ApiController('events', 'Log')
@MasksPersonalData()
export class FeedController {
  constructor(
    private readonly live: LiveFeed,
    private readonly connections: LiveConnections,
    private readonly store: EventStore,
    private readonly registry: EventRegistry,
    private readonly views: PersonalViews,
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
  feed(
    @Query() query: FeedQuery,
    @Client() client: LiveClient,
    @Masked() isMasked: boolean,
  ): Promise<StreamableFile> {
    const show = async (stored: StoredEvent[]) => {
      const events = await this.registry.shown(stored);
      return isMasked ? events.map((event) => this.views.masked(event)) : events;
    };
    return liveAnswer(client, this.connections, async () =>
      framesOfEvents(await this.batches(query, client), show),
    );
  }

  /** The end of the log is found before the client learns that the feed is open: it gets all events from then on. */
  private async batches(
    { after, type: types, stream: streamId, correlationId }: FeedQuery,
    { lastEventId }: LiveClient,
  ): Promise<AsyncIterator<StoredEvent[]>> {
    const start = lastEventId ?? after ?? (await this.store.head());
    return this.live.batches({ after: start, types, streamId, correlationId });
  }
}
