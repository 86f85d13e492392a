import { Column, Entity, PrimaryColumn } from 'typeorm';
import { PackageEntity } from '../event-sourcing/for-service.js';
import { Personal } from '../event-sourcing/index.js';

/** Sums and counts of one content. The answer to a query has the averages. */
@PackageEntity()
@Entity('content_popularity')
export class ContentPopularity {
  @PrimaryColumn('text', { name: 'content_id' }) contentId: string;
  @Column('text', { nullable: true }) title: string | null;
  @Column('text', { nullable: true }) genre: string | null;
  /** Whether the content was catalogued: later views then no longer change the genre. */
  @Column('boolean') catalogued: boolean;
  @Column('integer', { name: 'total_views' }) totalViews: number;
  /** In seconds. */
  @Column('double precision', { name: 'total_watch_time' }) totalWatchTime: number;
  @Column('double precision', { name: 'completion_sum' }) completionSum: number;
  @Column('integer', { name: 'unique_viewers' }) uniqueViewers: number;
  @Column('double precision', { name: 'rating_sum' }) ratingSum: number;
  @Column('integer', { name: 'rating_count' }) ratingCount: number;
  /** Base-2 logarithm; see `TrendingScore`. */
  @Column('double precision') trending: number;
  @Column('timestamptz', { name: 'last_updated' }) lastUpdated: Date;
}

/** What one user did with one content. Unique viewers and the one rating of each user are counted by it. */
@Personal('userId')
@PackageEntity()
@Entity('content_viewers')
export class ContentViewer {
  @PrimaryColumn('text', { name: 'content_id' }) contentId: string;
  @PrimaryColumn('uuid', { name: 'user_id' }) userId: string;
  @Column('boolean') viewed: boolean;
  @Column('double precision', { nullable: true }) rating: number | null;
  @Column('timestamptz', { name: 'rated_at', nullable: true }) ratedAt: Date | null;
}
