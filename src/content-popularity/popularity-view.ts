import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { ContentPopularity } from './content-popularity.entity.js';
import type { TrendingScore } from './trending-score.js';

/** The popularity of a content, as a query answers it. */
@ApiSchema({ name: 'ContentPopularity' })
export class PopularityView {
  @ApiProperty({ example: 'the-godfather-1972' }) contentId: string;
  @ApiProperty({ type: String, nullable: true, example: 'The Godfather' }) title: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'drama' }) genre: string | null;
  @ApiProperty({ type: 'integer', example: 1204 }) totalViews: number;
  @ApiProperty({ description: 'Seconds.', example: 7_421_000 }) totalWatchTime: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Mean over views, in percent; null without a view.',
    example: 81.3,
  })
  averageCompletionRate: number | null;
  @ApiProperty({ type: 'integer', example: 977 }) uniqueViewers: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Mean over ratings; null without a rating.',
    example: 4.4,
  })
  ratingAverage: number | null;
  @ApiProperty({ type: 'integer', example: 310 }) ratingCount: number;
  @ApiProperty({ description: 'The score at the time of the answer.', example: 37.2 }) trendingScore: number;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) lastUpdated: Date;
}

@ApiSchema({ name: 'ContentPopularityPage' })
export class PopularityPage {
  @ApiProperty({ type: [PopularityView] }) items: PopularityView[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'null: this is the last page.' })
  nextCursor: string | null;
}

export function viewOf(content: ContentPopularity, trending: TrendingScore, now: Date): PopularityView {
  return {
    contentId: content.contentId,
    title: content.title,
    genre: content.genre,
    totalViews: content.totalViews,
    totalWatchTime: content.totalWatchTime,
    averageCompletionRate: content.totalViews === 0 ? null : content.completionSum / content.totalViews,
    uniqueViewers: content.uniqueViewers,
    ratingAverage: content.ratingCount === 0 ? null : content.ratingSum / content.ratingCount,
    ratingCount: content.ratingCount,
    trendingScore: trending.at(now, content.trending),
    lastUpdated: content.lastUpdated,
  };
}
