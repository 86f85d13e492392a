import { type DynamicModule, Module } from '@nestjs/common';
import { checksTokens, type Settings } from '../config/settings.js';
import { Clock } from '../../event-sourcing/index.js';
import { Authentication } from './authentication.js';
import { TokenVerifier } from './token-verifier.js';
import { keysFrom } from './verification-keys.js';

/**
 * The check of tokens in the standalone service; see `checkTokensFirst`. Without `AUTH_*` the module is empty, and the
 * service is open.
 */
@Module({})
export class AuthModule {
  static forRoot(settings: Settings): DynamicModule {
    if (!checksTokens(settings)) return { module: AuthModule };
    const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = settings;
    const expected = { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience }) };
    return {
      module: AuthModule,
      providers: [
        {
          provide: TokenVerifier,
          useFactory: (clock: Clock) => new TokenVerifier(keysFrom(settings), expected, clock),
          inject: [Clock],
        },
        Authentication,
      ],
      exports: [Authentication],
    };
  }
}
