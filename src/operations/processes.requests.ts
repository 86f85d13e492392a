import { JsonObject, OneOf, Reason, Text } from '../api/request/fields.js';
import { Limited } from '../api/request/paging.js';

const NAME = { max: 200, example: 'checkout' };

export class ProcessParam {
  @Text({ ...NAME, description: 'The name of the process manager.' }) name: string;
  @Text({ max: 1_000, example: 'o-17', description: 'The key of the process, percent-encoded.' }) key: string;
}

export class ProcessesQuery extends Limited {
  @Text({ ...NAME, optional: true, description: 'Only those of this process manager.' }) name?: string;
  @OneOf(['running', 'stuck', 'ended'], {
    optional: true,
    description: 'Only those in this state.',
    example: 'stuck',
  })
  state?: 'running' | 'stuck' | 'ended';
  @Text({ max: 4_000, optional: true, description: '`nextCursor` of the page before.' }) cursor?: string;
}

export class EndRequest {
  @Reason({
    optional: true,
    description: 'Why the process is ended. Its stream and the log of operations keep it.',
    example: 'Refunded by hand',
  })
  reason?: string;
}

export class InputRequest {
  @Text({
    max: 200,
    description: 'The stored type of an event that the process manager handles.',
    example: 'order.paid',
  })
  type: string;
  @JsonObject({ description: 'The data of the event.', example: { orderId: 'o-17', totalCents: 4_900 } })
  data: object;
  @Reason({
    optional: true,
    description: 'Why it is sent by hand. The stream of the process and the log of operations keep it.',
    example: 'The bank has confirmed it by telephone',
  })
  reason?: string;
}
