import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock, ProjectionProgress } from '../../event-sourcing/index.js';
import { ContentNotFound } from '../content-not-found.error.js';
import { ContentPopularity } from '../content-popularity.entity.js';
import { type PopularityView, viewOf } from '../popularity-view.js';
import { TrendingScore } from '../trending-score.js';

export class GetContentPopularity extends Query<PopularityView> {
  constructor(
    readonly contentId: string,
    readonly readAfter?: number,
  ) {
    super();
  }
}

@QueryHandler(GetContentPopularity)
export class GetContentPopularityHandler implements IQueryHandler<GetContentPopularity> {
  constructor(
    @InjectRepository(ContentPopularity) private readonly contents: Repository<ContentPopularity>,
    private readonly progress: ProjectionProgress,
    private readonly trending: TrendingScore,
    private readonly clock: Clock,
  ) {}

  async execute({ contentId, readAfter }: GetContentPopularity): Promise<PopularityView> {
    const content = await this.progress.read(
      'content-popularity',
      readAfter,
      (on) => on(this.contents).findOneBy({ contentId }),
      { key: contentId },
    );
    if (content === null) throw new ContentNotFound(contentId);
    return viewOf(content, this.trending, this.clock.now());
  }
}
