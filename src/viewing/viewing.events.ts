import { DomainEvent } from '../event-sourcing/index.js';

/** From now on, a content has this title and genre. */
export class ContentCatalogued extends DomainEvent<
  'content.catalogued',
  { contentId: string; title: string; genre: string }
> {
  static readonly type = 'content.catalogued';
  readonly type = ContentCatalogued.type;
}

/** A user watched a content. Another service reports it. */
export class ContentWatched extends DomainEvent<
  'content.watched',
  {
    userId: string;
    contentId: string;
    watchDurationSeconds: number;
    completionPercentage: number;
    genre?: string;
    /** The time at which it happened, if the sender knows it better than the log; ISO 8601. */
    occurredAt?: string;
  }
> {
  static readonly type = 'content.watched';
  readonly type = ContentWatched.type;
}

/** A user gave a content one to five stars. Another service reports it. */
export class ContentRated extends DomainEvent<
  'content.rated',
  { userId: string; contentId: string; rating: number; occurredAt?: string }
> {
  static readonly type = 'content.rated';
  readonly type = ContentRated.type;
}

export type ViewingEvent = ContentWatched | ContentRated;

/** The time of a viewing event: `occurredAt`, or else the time at which the log took the event. */
export function occurrenceOf(event: { data: { occurredAt?: string }; timestamp: Date }): Date {
  return event.data.occurredAt === undefined ? event.timestamp : new Date(event.data.occurredAt);
}

export const contentStream = (contentId: string) => `content-${contentId}`;
