import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { StateChange, StreamState } from '../event-sourcing/index.js';
import { ScannedBody, StoredEventBody, StoredEventPage } from '../api/route/bodies.js';

@ApiSchema({ name: 'LogPage', description: 'It may be empty although the log has more events.' })
export class LogPage extends StoredEventPage {
  @ApiProperty({ type: ScannedBody }) scanned: ScannedBody;
}

const ANY_VALUE = {
  anyOf: ['string', 'number', 'boolean', 'object', 'null']
    .map((type): { type: string; items?: object } => ({ type }))
    .concat({ type: 'array', items: {} }),
};

@ApiSchema({ name: 'StateChange', description: 'A field that an event changed.' })
class StateChangeBody implements StateChange {
  @ApiProperty({ example: '/subscriptionPlan', description: 'A JSON Pointer. An array is one value.' })
  path: string;
  @ApiProperty({ ...ANY_VALUE, example: 'free', description: 'null when there was none.' })
  before: unknown;
  @ApiProperty({ ...ANY_VALUE, example: 'premium', description: 'null when there is none.' })
  after: unknown;
}

@ApiSchema({ name: 'StreamState', description: 'An event, and the state of the aggregate after it.' })
class StreamStateBody implements StreamState {
  @ApiProperty({ type: StoredEventBody }) event: StoredEventBody;
  @ApiProperty({
    type: Object,
    additionalProperties: true,
    nullable: true,
    example: { subscriptionPlan: 'premium', isActive: true },
    description: 'null when the aggregate cannot apply the event.',
  })
  state: object | null;
  @ApiProperty({ type: [StateChangeBody] }) changes: StateChangeBody[];
  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it cannot apply the event.' })
  failure: string | null;
}

@ApiSchema({ name: 'StreamStates' })
export class StreamStatesBody {
  @ApiProperty({ example: 'User', description: 'The class of the aggregate.' }) aggregate: string;
  @ApiProperty({ type: [StreamStateBody] }) items: StreamStateBody[];
  @ApiProperty({
    type: String,
    nullable: true,
    example: '51',
    description: '`fromVersion` of the next page; null: this is the last page.',
  })
  nextCursor: string | null;
}
