import { MAX_INTEGER } from '../event-sourcing/for-service.js';
import { OneOf, Text, WholeNumberText } from '../api/request/fields.js';
import { Limited } from '../api/request/paging.js';

const DIRECTIONS = ['forwards', 'backwards'] as const;

export class StreamIdParam {
  @Text({ max: 1_000, example: 'content-the-godfather-1972' }) streamId: string;
}

export class StreamQuery extends Limited {
  @WholeNumberText({
    optional: true,
    min: 1,
    max: MAX_INTEGER,
    description:
      'The version to begin with: of the next page, its `nextCursor`. Default: the first; backwards, the last.',
    example: 1,
  })
  fromVersion?: number;

  @OneOf(DIRECTIONS, { optional: true, description: 'Default: forwards.', example: 'forwards' })
  direction: (typeof DIRECTIONS)[number] = 'forwards';
}

export class LogQuery extends Limited {
  @WholeNumberText({
    optional: true,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description:
      'A position, exclusive: of the next page, the `nextCursor`. Default: 0, the beginning of the log.',
    example: 0,
  })
  after = 0;

  @Text({
    max: 255,
    optional: true,
    description: 'Events of this type only. A rare one is looked for in all of the log.',
    example: 'user.registered',
  })
  type?: string;
}
