import { Text, WholeNumberText } from '../api/request/fields.js';
import { Limited } from '../api/request/paging.js';

/** A list with the latest first, by ids that grow. */
export class LatestFirst extends Limited {
  @WholeNumberText({
    optional: true,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    description: '`nextCursor` of the page before. Default: the latest.',
  })
  after?: number;
}

export class OperationsQuery extends LatestFirst {
  @Text({
    max: 200,
    optional: true,
    description: 'Only acts on this projection, also on one that was dropped.',
    example: 'user-profile',
  })
  projection?: string;
}
