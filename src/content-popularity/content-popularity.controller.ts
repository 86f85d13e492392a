import { Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse } from '@nestjs/swagger';
import { ApiController, TakesReadAfter } from '../http/api-controller.js';
import { isStorableText } from '../http/fields.js';
import { ReadAfter } from '../http/headers.js';
import { decodeCursor, encodeCursor } from '../http/paging.js';
import { sortKeys, type Sort } from './popularity-sorts.js';
import { ChartQuery, ContentParam } from './content-popularity.requests.js';
import { PopularityPage, PopularityView } from './popularity-view.js';
import { GetContentPopularity } from './queries/get-content-popularity.query.js';
import { ListContentPopularity } from './queries/list-content-popularity.query.js';

@ApiController('contents', 'Content popularity')
export class ContentPopularityController {
  constructor(private readonly queries: QueryBus) {}

  @Get('popularity')
  @TakesReadAfter()
  @ApiOkResponse({ type: PopularityPage })
  async chart(@Query() query: ChartQuery, @ReadAfter() readAfter?: number): Promise<PopularityPage> {
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
  @TakesReadAfter()
  @ApiOkResponse({ type: PopularityView })
  popularity(@Param() { contentId }: ContentParam, @ReadAfter() readAfter?: number): Promise<PopularityView> {
    return this.queries.execute(new GetContentPopularity(contentId, readAfter));
  }
}

/** What the end of a page looks like: a value of the sort, and a content id that PostgreSQL can take. */
const pageEnd = (sort: Sort) => ({
  value: sortKeys[sort].fits,
  id: (text: string) => text.length <= 128 && isStorableText(text),
});
