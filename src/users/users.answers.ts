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
