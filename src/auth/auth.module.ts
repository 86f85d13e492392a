import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { checksTokens, type Settings } from '../config/settings.js';
import { Clock } from '../event-sourcing/index.js';
import { AuthGuard } from './auth.guard.js';
import { Authentication } from './authentication.js';
import { TokenVerifier } from './token-verifier.js';
import { keysFrom } from './verification-keys.js';

/** Tokens and rights of the standalone service. Without `AUTH_*` it is empty, and the service open. */
@Module({})
export class AuthModule {
  static forRoot(settings: Settings): DynamicModule {
    if (!checksTokens(settings)) return { module: AuthModule };
    const expected = { issuer: settings.AUTH_ISSUER, audience: settings.AUTH_AUDIENCE };
    return {
      module: AuthModule,
      providers: [
        {
          provide: TokenVerifier,
          useFactory: (clock: Clock) => new TokenVerifier(keysFrom(settings), expected, clock),
          inject: [Clock],
        },
        Authentication,
        { provide: APP_GUARD, useClass: AuthGuard },
      ],
      exports: [Authentication],
    };
  }
}
