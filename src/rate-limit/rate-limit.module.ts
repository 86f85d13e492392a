import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Settings } from '../config/settings.js';
import { RATE_LIMIT, RateLimitGuard } from './rate-limit.guard.js';

/** `RATE_LIMIT_PER_MINUTE` of the standalone service, in each process by itself. Without, it is empty. */
@Module({})
export class RateLimitModule {
  /** @param auth knows the senders who have a token */
  static forRoot({ RATE_LIMIT_PER_MINUTE }: Settings, auth: DynamicModule): DynamicModule {
    if (RATE_LIMIT_PER_MINUTE === 0) return { module: RateLimitModule };
    return {
      module: RateLimitModule,
      imports: [auth],
      providers: [
        { provide: RATE_LIMIT, useValue: RATE_LIMIT_PER_MINUTE },
        { provide: APP_GUARD, useClass: RateLimitGuard },
      ],
    };
  }
}
