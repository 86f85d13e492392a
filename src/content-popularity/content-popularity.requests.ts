import { OneOf, Text } from '../api/request/fields.js';
import { Limited } from '../api/request/paging.js';
import { type Sort, SORTS } from './popularity-sorts.js';

export class ContentParam {
  @Text({ max: 128, example: 'the-godfather-1972' }) contentId: string;
}

export class ChartQuery extends Limited {
  @OneOf(SORTS, { optional: true, description: 'Highest first. Default: trending.', example: 'views' })
  sort: Sort = 'trending';
  @Text({ max: 64, optional: true, example: 'drama' }) genre?: string;
  @Text({ max: 2000, optional: true, description: '`nextCursor` of the page before.' }) cursor?: string;
}
