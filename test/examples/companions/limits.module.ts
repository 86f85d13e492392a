import { type ExecutionContext, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';

/** Operators ask as often as their dashboard does. */
const isOfOperators = (execution: ExecutionContext) =>
  execution.getType() === 'http' && execution.switchToHttp().getRequest().url.startsWith('/ops/');

@Module({
  imports: [ThrottlerModule.forRoot({ throttlers: [{ ttl: 60_000, limit: 30 }], skipIf: isOfOperators })],
  providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
})
export class LimitsModule {}
