import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Reason } from '../api/request/fields.js';

const EXAMPLE = 'Ticket 4711: a user cannot change the plan';

export class PersonalViewRequest {
  @Reason({
    description: 'Why you look. The log of operations keeps it.',
    example: EXAMPLE,
  })
  reason: string;
}

@ApiSchema({ name: 'PersonalView', description: 'A look at personal data that is recorded.' })
export class PersonalViewBody {
  @ApiProperty({ example: EXAMPLE }) reason: string;
}
