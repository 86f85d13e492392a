import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Text } from '../api/request/fields.js';
import { MAX_REASON } from './parked-key-acts.js';

const EXAMPLE = 'Ticket 4711: a user cannot change the plan';

export class PersonalViewRequest {
  @Text({
    max: MAX_REASON,
    description: 'Why you look. The log of operations keeps it.',
    example: EXAMPLE,
  })
  reason: string;
}

@ApiSchema({ name: 'PersonalView', description: 'A look at personal data that is recorded.' })
export class PersonalViewBody {
  @ApiProperty({ example: EXAMPLE }) reason: string;
}
