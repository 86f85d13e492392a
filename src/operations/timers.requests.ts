import type { KeptState } from '../event-sourcing/index.js';
import { KEPT_STATES } from '../event-sourcing/for-service.js';
import { Instant, OneOf, Text, Uuid } from '../api/request/fields.js';
import { Limited } from '../api/request/paging.js';
import { EXAMPLE_TIMER } from './timer-acts.js';

export class TimerParam {
  @Uuid({ example: EXAMPLE_TIMER }) id: string;
}

export class TimersQuery extends Limited {
  @OneOf(KEPT_STATES, { optional: true, description: 'Default: all of them.', example: 'pending' })
  state?: KeptState;

  @Text({ max: 200, optional: true, description: 'Only timers of this process.', example: 'checkout' })
  process?: string;

  @Text({ max: 1_000, optional: true, description: 'Only timers with this key.', example: 'order-17' })
  key?: string;

  @Text({ max: 200, optional: true, description: 'Only timers with this name.', example: 'payment-due' })
  name?: string;

  @Text({ max: 200, optional: true, description: '`nextCursor` of the page before.' }) cursor?: string;
}

export class MoveRequest {
  @Instant({ description: 'When it is to be due.', example: '2026-01-31T20:15:00Z' }) at: string;
}
