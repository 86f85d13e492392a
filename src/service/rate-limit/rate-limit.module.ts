import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from '../config/settings.js';
import { RATE_LIMIT, RateLimiter } from './rate-limiter.js';

/**
 * `RATE_LIMIT_PER_MINUTE` of the standalone service, for each process by itself; see `limitRate`. Without the setting,
 * the module is empty.
 */
@Module({})
export class RateLimitModule {
  /** @param auth knows the senders who have a token */
  static forRoot({ RATE_LIMIT_PER_MINUTE }: Settings, auth: DynamicModule): DynamicModule {
    if (RATE_LIMIT_PER_MINUTE === 0) return { module: RateLimitModule };
    return {
      module: RateLimitModule,
      imports: [auth],
      providers: [{ provide: RATE_LIMIT, useValue: RATE_LIMIT_PER_MINUTE }, RateLimiter],
    };
  }
}
