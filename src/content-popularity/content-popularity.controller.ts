import { Get, type StreamableFile } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation } from '@nestjs/swagger';
import { LiveConnections } from '../event-sourcing/for-service.js';
import { LiveFeed } from '../event-sourcing/index.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { isStorableText } from '../api/request/fields.js';
import { later, ReadAfter } from '../api/request/headers.js';
import { decodeCursor, encodeCursor } from '../api/request/cursor.js';
import { Client, type LiveClient } from '../api/live/live-client.js';
import { rowFeed } from '../api/live/row-feed.js';
import { SharedReads } from '../api/live/shared-reads.js';
import { Answers, AnswersOrFeeds } from '../api/route/route-answers.js';
import { TakesReadAfter } from '../api/route/route-headers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Param, Query } from '../api/request/validated.js';
import { ContentNotFound } from './content-not-found.error.js';
import { sortKeys, type Sort } from './popularity-sorts.js';
import { ChartQuery, ContentParam } from './content-popularity.requests.js';
import { PopularityPage, PopularityView } from './popularity-view.js';
import { GetContentPopularity } from './queries/get-content-popularity.query.js';
import { ListContentPopularity } from './queries/list-content-popularity.query.js';

@ApiController('contents', 'Content popularity')
export class ContentPopularityController {
  private readonly reads = new SharedReads<PopularityPage>();

  constructor(
    private readonly queries: QueryBus,
    private readonly live: LiveFeed,
    private readonly connections: LiveConnections,
  ) {}

  @Get('popularity')
  @Allow('authenticated')
  @ApiOperation({ operationId: 'listContentPopularity', summary: 'The chart of contents' })
  @TakesReadAfter('content-popularity')
  @AnswersOrFeeds(PopularityPage)
  async chart(
    @Query() query: ChartQuery,
    @Client() client: LiveClient,
    @ReadAfter() readAfter?: number,
  ): Promise<PopularityPage | StreamableFile> {
    if (!client.wantsFeed) return this.page(query, readAfter);
    const name = JSON.stringify(query);
    const read = (after?: number) =>
      this.reads.share(name, later(after, readAfter), (position) => this.page(query, position));
    const { live, connections } = this;
    return rowFeed(client, { live, connections }, { projection: 'content-popularity', read });
  }

  private async page(query: ChartQuery, readAfter: number | undefined): Promise<PopularityPage> {
    const { sort, genre, limit, cursor } = query;
    const list = JSON.stringify(['popularity', sort, genre]);
    const after = cursor === undefined ? undefined : decodeCursor(cursor, list, pageEnd(sort));
    const page = await this.queries.execute(new ListContentPopularity(sort, genre, limit, after, readAfter));
    return {
      items: page.contents,
      nextCursor: page.end === undefined ? null : encodeCursor({ list, ...page.end }),
    };
  }

  @Get(':contentId/popularity')
  @Allow('authenticated')
  @ApiOperation({ operationId: 'getContentPopularity', summary: 'How popular a content is' })
  @TakesReadAfter('content-popularity')
  @Answers(200, PopularityView)
  @AnswersProblems(new ContentNotFound('the-godfather-1972'))
  popularity(@Param() { contentId }: ContentParam, @ReadAfter() readAfter?: number): Promise<PopularityView> {
    return this.queries.execute(new GetContentPopularity(contentId, readAfter));
  }
}

/** The form of the end of a page: a value of the sort, and a content id that PostgreSQL can store. */
const pageEnd = (sort: Sort) => ({
  value: sortKeys[sort].fits,
  id: (text: string) => text.length <= 128 && isStorableText(text),
});
