import { MAX_INTEGER } from '../../event-sourcing/for-service.js';
import { WholeNumberText } from './fields.js';

/** The `limit` of every list. */
export class Limited {
  @WholeNumberText({
    optional: true,
    min: 1,
    max: 200,
    description: 'Items of a page. Default: 50.',
    example: 50,
  })
  limit = 50;
}

/** `after` of a list whose cursor is the version of an event, exclusive. */
export class AfterVersion extends Limited {
  @WholeNumberText({
    optional: true,
    min: 0,
    max: MAX_INTEGER - 1,
    description: '`nextCursor` of the page before.',
  })
  after = 0;
}
