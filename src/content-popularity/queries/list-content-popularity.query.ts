import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock, ProjectionProgress } from '../../event-sourcing/index.js';
import { ContentPopularity } from '../content-popularity.entity.js';
import { type Sort, sortKeys } from '../popularity-sorts.js';
import { type PopularityView, viewOf } from '../popularity-view.js';
import { TrendingScore } from '../trending-score.js';

/** The last row of a page: the next page begins after it. */
export interface PageEnd {
  /** Its sort key, as text: it may be infinite. */
  value: string;
  id: string;
}

/** The chart, highest first, ties by content id. */
export class ListContentPopularity extends Query<{ contents: PopularityView[]; end?: PageEnd }> {
  constructor(
    readonly sort: Sort,
    readonly genre: string | undefined,
    readonly limit: number,
    readonly after?: PageEnd,
    readonly readAfter?: number,
  ) {
    super();
  }
}

@QueryHandler(ListContentPopularity)
export class ListContentPopularityHandler implements IQueryHandler<ListContentPopularity> {
  constructor(
    @InjectRepository(ContentPopularity) private readonly contents: Repository<ContentPopularity>,
    private readonly progress: ProjectionProgress,
    private readonly trending: TrendingScore,
    private readonly clock: Clock,
  ) {}

  async execute(list: ListContentPopularity) {
    const found = await this.progress.read('content-popularity', list.readAfter, (on) =>
      this.queryOf(list, on(this.contents)).getMany(),
    );
    const { sort, limit } = list;
    const page = found.slice(0, limit);
    const now = this.clock.now();
    const contents = page.map((content) => viewOf(content, this.trending, now));
    if (found.length <= limit) return { contents };
    const last = page.at(-1)!;
    return { contents, end: { value: String(sortKeys[sort].of(last)), id: last.contentId } };
  }

  private queryOf(
    { sort, genre, limit, after }: ListContentPopularity,
    contents: Repository<ContentPopularity>,
  ) {
    const key = sortKeys[sort];
    const query = contents
      .createQueryBuilder('content')
      .orderBy(key.sql)
      .addOrderBy('content.contentId')
      .limit(limit + 1);
    if (genre !== undefined) query.andWhere('content.genre = :genre', { genre });
    if (after !== undefined) query.andWhere(`(${key.sql}, content.contentId) > (:value, :id)`, after);
    return query;
  }
}
