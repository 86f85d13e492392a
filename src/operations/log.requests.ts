import { MAX_INTEGER } from '../event-sourcing/for-service.js';
import { EXAMPLE_USER } from '../api/example-user.js';
import { OneOf, Text, TextsOfQuery, WholeNumberText } from '../api/request/fields.js';
import { Limited } from '../api/request/paging.js';

const DIRECTIONS = ['forwards', 'backwards'] as const;

export class StreamIdParam {
  @Text({ max: 1_000, example: `user-${EXAMPLE_USER.id}` }) streamId: string;
}

export class StreamQuery extends Limited {
  @WholeNumberText({
    optional: true,
    min: 1,
    max: MAX_INTEGER,
    description:
      'The version to begin with. For the next page, give `nextCursor`. Default: the first; backwards, the last.',
    example: 1,
  })
  fromVersion?: number;

  @OneOf(DIRECTIONS, { optional: true, description: 'Default: forwards.', example: 'forwards' })
  direction: (typeof DIRECTIONS)[number] = 'forwards';
}

export class StatesQuery extends Limited {
  @WholeNumberText({
    optional: true,
    min: 1,
    max: MAX_INTEGER,
    description: 'The version to begin with. For the next page, give `nextCursor`. Default: the first.',
    example: 1,
  })
  fromVersion = 1;
}

export class PositionParam {
  @WholeNumberText({ min: 1, max: Number.MAX_SAFE_INTEGER, example: 1 }) position: number;
}

export class LogQuery extends Limited {
  @WholeNumberText({
    optional: true,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description:
      'A position, exclusive. For the next page, give `nextCursor`. Default: the beginning of the log; backwards, ' +
      'its end.',
    example: 0,
  })
  after?: number;

  @Text({ max: 255, optional: true, description: 'Only events of this type.', example: 'user.registered' })
  type?: string;

  @Text({
    max: 255,
    optional: true,
    description: 'Only events with this correlation id: all that followed from one request.',
    example: 'checkout/2026-01-31#7',
  })
  correlationId?: string;

  @Text({
    max: 255,
    optional: true,
    description: 'Only events of this actor: the user in their metadata.',
    example: EXAMPLE_USER.id,
  })
  actor?: string;

  @OneOf(DIRECTIONS, {
    optional: true,
    description: 'Default: forwards. Backwards begins at the end of the log.',
    example: 'forwards',
  })
  direction: (typeof DIRECTIONS)[number] = 'forwards';
}

export class FeedQuery {
  @WholeNumberText({
    optional: true,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: 'A position, exclusive. Default: the end of the log. `Last-Event-ID` wins over it.',
    example: 16,
  })
  after?: number;

  @TextsOfQuery({
    maxItems: 100,
    maxLength: 255,
    optional: true,
    description: 'Only events of these types. Default: of all.',
    example: ['user.registered'],
  })
  type?: string[];

  @Text({
    max: 1_000,
    optional: true,
    description: 'Only events of this stream.',
    example: 'content-the-godfather-1972',
  })
  stream?: string;

  @Text({
    max: 255,
    optional: true,
    description: 'Only events that follow from this request.',
    example: 'checkout/2026-01-31#7',
  })
  correlationId?: string;
}
