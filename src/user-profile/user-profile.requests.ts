import { FlagText, OneOf, Text } from '../api/request/fields.js';
import { Limited } from '../api/request/paging.js';
import { PathUuid } from '../api/request/path-uuid.js';
import { PLANS, type Plan } from '../users/user.events.js';
import { EXAMPLE_USER } from '../api/example-user.js';

export const UserId = () => PathUuid('userId', EXAMPLE_USER.id);

export class ProfileListQuery extends Limited {
  @OneOf(PLANS, { optional: true, example: 'premium' }) plan?: Plan;
  @FlagText({ optional: true, example: true }) isActive?: boolean;
  @Text({ max: 64, optional: true, description: 'One of the favourite genres.', example: 'drama' })
  genre?: string;
  @Text({ max: 2000, optional: true, description: '`nextCursor` of the page before.' }) cursor?: string;
}
