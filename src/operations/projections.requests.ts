import { Flag, OneOf, Reason, Text, WholeNumberText } from '../api/request/fields.js';
import { Limited } from '../api/request/paging.js';
import { ValidateBy } from 'class-validator';
import { EXAMPLE_USER } from '../api/example-user.js';

const NAME = { max: 200, example: 'user-profile' };
/** The primary key of a row as text; a JSON array when it has several columns. */
const KEY = { max: 1_000, example: EXAMPLE_USER.id };

export class ProjectionParam {
  @Text(NAME) name: string;
}

export class RebuildRequest {
  @Flag({
    optional: true,
    description: 'Compare, report, and change the living rows only after `POST .../rebuild/release`.',
    example: true,
  })
  hold = false;
}

export class SkipRequest {
  @Reason({
    optional: true,
    description: 'Why the event is skipped. The log of operations keeps it.',
    example: 'The order was imported twice',
  })
  reason?: string;
}

export class ParkedKeyParam extends ProjectionParam {
  @Text({ ...KEY, description: 'The parked key, percent-encoded.' }) key: string;
}

export class ParkedKeysQuery extends Limited {
  @OneOf(['live', 'rebuild'], {
    optional: true,
    description: '`rebuild`: the parked keys of a rebuild under way.',
    example: 'live',
  })
  build: 'live' | 'rebuild' = 'live';
  @Text({ ...KEY, min: 0, optional: true, description: '`nextCursor` of the page before.' }) after = '';
}

export class RowParam extends ProjectionParam {
  @Text({ ...KEY, description: 'The key of the projection, percent-encoded.' }) key: string;
}

const IsNotBefore = (other: 'after') =>
  ValidateBy({
    name: 'isNotBefore',
    validator: {
      validate: (value, details) => value >= (details!.object as RowHistoryQuery)[other],
      defaultMessage: () => `$property must be ${other} or a later position`,
    },
  });

export class RowHistoryQuery extends Limited {
  @WholeNumberText({
    optional: true,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: 'A position, exclusive. For the next page, give `nextCursor`. Default: 0.',
    example: 0,
  })
  after = 0;

  @WholeNumberText({
    optional: true,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: 'The history ends at this position. Default: the end of the log.',
    example: 4990,
  })
  @IsNotBefore('after')
  upTo?: number;
}
