import { ApiProperty } from '@nestjs/swagger';
import type { ContentPopularity } from './content-popularity.entity.js';
import type { TrendingScore } from './trending-score.js';

/** A content's popularity as it is shown. */
export class PopularityView {
  @ApiProperty({ example: 'the-godfather-1972' }) contentId: string;
  @ApiProperty({ type: String, nullable: true, example: 'The Godfather' }) title: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'drama' }) genre: string | null;
  @ApiProperty() totalViews: number;
  @ApiProperty({ description: 'Seconds.' }) totalWatchTime: number;
  @ApiProperty({ type: Number, nullable: true, description: 'Mean over views; null before the first.' })
  averageCompletionRate: number | null;
  @ApiProperty() uniqueViewers: number;
  @ApiProperty({ type: Number, nullable: true, description: 'Null before the first.' }) ratingAverage:
    number | null;
  @ApiProperty() ratingCount: number;
  @ApiProperty({ description: 'At the time of the answer.' }) trendingScore: number;
  @ApiProperty({ format: 'date-time' }) lastUpdated: Date;
}

export class PopularityPage {
  @ApiProperty({ type: [PopularityView] }) items: PopularityView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
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
