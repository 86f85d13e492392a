import { OneOf, PastInstant, Quantity, Text, Uuid, WholeNumber } from '../api/request/fields.js';
import { ContentCatalogued, ContentRated, ContentWatched, type ViewingEvent } from './viewing.events.js';
import { EXAMPLE_USER } from '../api/example-user.js';

const CONTENT_ID = { max: 128, example: 'the-godfather-1972' };
const GENRE = { max: 64, example: 'drama' };
const USER_ID = { example: EXAMPLE_USER.id };
const EVENT_ID = {
  optional: true,
  description: 'Makes the request repeatable: the log takes each id once.',
  examples: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'],
};
const OCCURRED_AT = {
  optional: true,
  description: 'Default: the time at which the log takes the event.',
  examples: ['2026-01-31T20:15:00Z'],
};

export class ContentIdParam {
  @Text(CONTENT_ID) contentId: string;
}

export class CatalogueBody {
  @Text({ max: 500, example: 'The Godfather' }) title: string;
  @Text(GENRE) genre: string;
}

/** A catalogued content in a message, which has no path. */
export class CataloguedBody extends CatalogueBody {
  @Text(CONTENT_ID) contentId: string;
  @Uuid(EVENT_ID) eventId?: string;

  toEvent(): ContentCatalogued {
    const { contentId, title, genre } = this;
    return new ContentCatalogued({ contentId, title, genre }, this.eventId);
  }
}

export class WatchedBody {
  @Uuid(USER_ID) userId: string;
  @Text(CONTENT_ID) contentId: string;
  @Quantity({ min: 0, max: 1e9, example: 5400 }) watchDurationSeconds: number;
  @Quantity({ min: 0, max: 100, example: 87.5 }) completionPercentage: number;
  @Text({ ...GENRE, optional: true }) genre?: string;
  @Uuid(EVENT_ID) eventId?: string;
  @PastInstant(OCCURRED_AT) occurredAt?: string;

  toEvent(): ViewingEvent {
    const { eventId, userId, contentId, watchDurationSeconds, completionPercentage, genre, occurredAt } =
      this;
    const data = { userId, contentId, watchDurationSeconds, completionPercentage, genre, occurredAt };
    return new ContentWatched(withoutUndefined(data), eventId);
  }
}

export class RatedBody {
  @Uuid(USER_ID) userId: string;
  @Text(CONTENT_ID) contentId: string;
  @WholeNumber({ min: 1, max: 5, example: 4 }) rating: number;
  @Uuid(EVENT_ID) eventId?: string;
  @PastInstant(OCCURRED_AT) occurredAt?: string;

  toEvent(): ViewingEvent {
    const { eventId, userId, contentId, rating, occurredAt } = this;
    return new ContentRated(withoutUndefined({ userId, contentId, rating, occurredAt }), eventId);
  }
}

/** The two kinds of entries in a batch, by their `type`. */
export class TypedWatchedBody extends WatchedBody {
  @OneOf([ContentWatched.type], { example: ContentWatched.type }) type: typeof ContentWatched.type;
}

export class TypedRatedBody extends RatedBody {
  @OneOf([ContentRated.type], { example: ContentRated.type }) type: typeof ContentRated.type;
}

function withoutUndefined<Data extends object>(
  data: Data,
): { [Key in keyof Data]: Exclude<Data[Key], undefined> } {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as never;
}
