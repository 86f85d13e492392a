import { ApiProperty } from '@nestjs/swagger';
import { PLANS, type Plan } from './user.events.js';

export class UserReceiptBody {
  @ApiProperty({ format: 'uuid' }) userId: string;
  @ApiProperty({ description: 'Version the user has now.', example: 3 }) version: number;
  @ApiProperty({ description: 'Position in the log, for `Read-After`.', example: 17 }) position: number;
}

export class UserBody {
  @ApiProperty({ format: 'uuid' }) userId: string;
  @ApiProperty({ example: 'ada@example.org' }) email: string;
  @ApiProperty({ example: 'Ada' }) name: string;
  @ApiProperty({ enum: PLANS }) subscriptionPlan: Plan;
  @ApiProperty({ type: [String] }) preferences: string[];
  @ApiProperty() isActive: boolean;
  @ApiProperty({ example: 3 }) version: number;
}
