import { ApiProperty } from '@nestjs/swagger';

/** The shapes of answers that several controllers share, for the OpenAPI document. */
export class FieldErrorBody {
  @ApiProperty({ example: 'preferences' }) path: string;
  @ApiProperty({ example: 'each value in preferences must be shorter than or equal to 64 characters' })
  message: string;
}

export class ProblemBody {
  @ApiProperty({ description: 'The stable code.', example: 'invalid-request' }) type: string;
  @ApiProperty({ example: 'Bad request' }) title: string;
  @ApiProperty({ example: 400 }) status: number;
  @ApiProperty({ example: 'email must be an email' }) detail: string;
  @ApiProperty({ example: '0b9d2a0e-5f0e-4d5f-8f8e-0f7f3d1b2c3d' }) correlationId: string;
  @ApiProperty({ required: false, type: [FieldErrorBody] }) errors?: FieldErrorBody[];
}

export class StoredEventBody {
  @ApiProperty({ example: 17 }) position: number;
  @ApiProperty({ example: 'user-3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10' }) streamId: string;
  @ApiProperty({ example: 3 }) version: number;
  @ApiProperty({ format: 'uuid' }) eventId: string;
  @ApiProperty({ example: 'user.subscribed' }) type: string;
  @ApiProperty({ type: Object, additionalProperties: true }) data: object;
  @ApiProperty({ type: Object, additionalProperties: true }) metadata: object;
  @ApiProperty({ format: 'date-time' }) timestamp: Date;
}

export class StoredEventPage {
  @ApiProperty({ type: [StoredEventBody] }) items: StoredEventBody[];
  @ApiProperty({ type: String, nullable: true, example: null }) nextCursor: string | null;
}
