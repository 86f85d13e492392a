import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import {
  type FoldsWithSettings,
  InjectRows,
  Projection,
  type Recorded,
  Rows,
  touches,
} from '../event-sourcing/index.js';
import { ContentCatalogued, ContentRated, ContentWatched, occurrenceOf } from '../viewing/viewing.events.js';
import { ContentPopularity, ContentViewer } from './content-popularity.entity.js';
import { TrendingScore } from './trending-score.js';

type PopularityEvent = ContentCatalogued | ContentWatched | ContentRated;

/** One row for each content, and one for each content and user who watched or rated it. */
@Projection({
  name: 'content-popularity',
  revision: 2,
  key: 'contentId',
  rows: [
    touches(ContentPopularity, ({ data }: Recorded<PopularityEvent>) => ({ contentId: data.contentId })),
    touches(ContentViewer, (event: Recorded<PopularityEvent>) =>
      event.type === 'content.catalogued' ? undefined : viewerKey(event),
    ),
  ],
})
@EventsHandler(ContentCatalogued, ContentWatched, ContentRated)
export class ContentPopularityProjection
  implements IEventHandler<Recorded<PopularityEvent>>, FoldsWithSettings
{
  constructor(
    @InjectRows(ContentPopularity) private readonly contents: Rows<ContentPopularity>,
    @InjectRows(ContentViewer) private readonly viewers: Rows<ContentViewer>,
    private readonly trending: TrendingScore,
  ) {}

  /** The stored logarithms hold for one half-life only. */
  get foldSettings(): string {
    return `halfLife=${this.trending.halfLifeHours}h`;
  }

  handle(event: Recorded<PopularityEvent>): void {
    const { contentId } = event.data;
    const content = this.contents.find({ contentId }) ?? unheardOf(contentId);
    content.lastUpdated = event.timestamp;
    switch (event.type) {
      case 'content.catalogued':
        Object.assign(content, { title: event.data.title, genre: event.data.genre, catalogued: true });
        break;
      case 'content.watched':
        this.watched(content, event);
        break;
      case 'content.rated':
        this.rated(content, event);
        break;
    }
    this.contents.put(content);
  }

  private watched(content: ContentPopularity, event: Recorded<ContentWatched>): void {
    const { watchDurationSeconds, completionPercentage, genre } = event.data;
    content.totalViews += 1;
    content.totalWatchTime += watchDurationSeconds;
    content.completionSum += completionPercentage;
    content.trending = this.trending.add(content.trending, completionPercentage / 100, occurrenceOf(event));
    if (!content.catalogued && genre !== undefined) content.genre = genre;
    const viewer = this.viewerOf(event);
    if (viewer.viewed) return;
    content.uniqueViewers += 1;
    viewer.viewed = true;
    this.viewers.put(viewer);
  }

  /** The latest rating of a user by event time counts. Among equal times, the later event in the log counts. */
  private rated(content: ContentPopularity, event: Recorded<ContentRated>): void {
    const viewer = this.viewerOf(event);
    const ratedAt = occurrenceOf(event);
    if (viewer.ratedAt !== null && ratedAt < viewer.ratedAt) return;
    if (viewer.rating === null) content.ratingCount += 1;
    content.ratingSum += event.data.rating - (viewer.rating ?? 0);
    Object.assign(viewer, { rating: event.data.rating, ratedAt });
    this.viewers.put(viewer);
  }

  private viewerOf(event: Recorded<ContentWatched | ContentRated>): ContentViewer {
    const key = viewerKey(event);
    return this.viewers.find(key) ?? { ...key, viewed: false, rating: null, ratedAt: null };
  }
}

const viewerKey = ({ data: { contentId, userId } }: Recorded<ContentWatched | ContentRated>) => ({
  contentId,
  userId,
});

function unheardOf(contentId: string): ContentPopularity {
  return {
    contentId,
    title: null,
    genre: null,
    catalogued: false,
    totalViews: 0,
    totalWatchTime: 0,
    completionSum: 0,
    uniqueViewers: 0,
    ratingSum: 0,
    ratingCount: 0,
    trending: -Infinity,
    lastUpdated: new Date(0),
  };
}
