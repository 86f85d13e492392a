import { FlagText, OneOf, Text } from '../api/request/fields.js';
import { Limited } from '../api/request/paging.js';
import { PathUuid } from '../api/request/path-uuid.js';
import { PLANS, type Plan } from '../users/user.events.js';

export const UserId = () => PathUuid('userId', '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10');

export class ProfileListQuery extends Limited {
  @OneOf(PLANS, { optional: true, example: 'premium' }) plan?: Plan;
  @FlagText({ optional: true, example: true }) isActive?: boolean;
  @Text({ max: 64, optional: true, description: 'One of the favourite genres.', example: 'drama' })
  genre?: string;
  @Text({ max: 2000, optional: true, description: '`nextCursor` of the page before.' }) cursor?: string;
}
