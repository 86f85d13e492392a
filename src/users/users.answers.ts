import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { PLANS, type Plan } from './user.events.js';
import { EXAMPLE_USER } from '../api/example-user.js';

const USER_ID = { format: 'uuid', example: EXAMPLE_USER.id };

@ApiSchema({ name: 'UserReceipt', description: 'The user and its version after a command.' })
export class UserReceiptBody {
  @ApiProperty(USER_ID) userId: string;
  @ApiProperty({ type: 'integer', description: 'Version of the user.', example: 3 }) version: number;
  @ApiProperty({ type: 'integer', description: 'Position in the log, for `Read-After`.', example: 17 })
  position: number;
}

@ApiSchema({ name: 'User', description: 'The state of a user, as its events made it.' })
export class UserBody {
  @ApiProperty(USER_ID) userId: string;
  @ApiProperty({ format: 'email', example: EXAMPLE_USER.email }) email: string;
  @ApiProperty({ example: EXAMPLE_USER.name }) name: string;
  @ApiProperty({ enum: PLANS, example: 'premium' }) subscriptionPlan: Plan;
  @ApiProperty({ type: [String], example: ['drama', 'crime'] }) preferences: string[];
  @ApiProperty({ example: true }) isActive: boolean;
  @ApiProperty({ type: 'integer', example: 3 }) version: number;
}

@ApiSchema({ name: 'EventOfUser', description: 'An event that names the user.' })
class EventOfUserBody {
  @ApiProperty({ type: 'integer', example: 17 }) position: number;
  @ApiProperty({ example: `user-${EXAMPLE_USER.id}` }) streamId: string;
  @ApiProperty({ type: 'integer', example: 1 }) version: number;
  @ApiProperty({ example: 'user.registered' }) type: string;
  @ApiProperty({ type: Object, additionalProperties: true, example: { name: EXAMPLE_USER.name } })
  data: object;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T20:15:00.000Z' }) timestamp: Date;
}

@ApiSchema({ name: 'UserData', description: 'All that is kept about a user.' })
export class UserDataBody {
  @ApiProperty(USER_ID) userId: string;
  @ApiProperty({ type: [EventOfUserBody], description: 'In the order of the log.' })
  events: EventOfUserBody[];
  @ApiProperty({
    type: Object,
    additionalProperties: { type: 'array', items: { type: 'object', additionalProperties: true } },
    description: 'Rows of read models, by table.',
    example: { 'eventfold.user_profiles': [{ user_id: EXAMPLE_USER.id, name: EXAMPLE_USER.name }] },
  })
  rows: Record<string, object[]>;
}
