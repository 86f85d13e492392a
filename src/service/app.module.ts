import { type DynamicModule, Module } from '@nestjs/common';
import { actorOf } from '../api/access/actor.js';
import { AuthModule } from './auth/auth.module.js';
import { checksTokens, type Settings } from './config/settings.js';
import { SettingsModule } from './config/settings.module.js';
import { ConsoleModule } from '../console/console.module.js';
import type { DatabaseOptions } from './database/database.module.js';
import { HttpEdgeModule } from './http-edge.module.js';
import { jetStreamOf } from './jetstream.js';
import { LogModule } from './log.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { RateLimitModule } from './rate-limit/rate-limit.module.js';

/** The standalone service with all its modules. */
@Module({})
export class AppModule {
  static forRoot(settings: Settings, databaseUrl: string, database?: DatabaseOptions): DynamicModule {
    const auth = AuthModule.forRoot(settings);
    const access = { open: !checksTokens(settings) }; // else `checkTokensFirst` names the sender
    return {
      module: AppModule,
      imports: [
        SettingsModule.forRoot(settings),
        LogModule.forRoot(settings, databaseUrl, { access, ...(database && { database }) }),
        RateLimitModule.forRoot(settings, auth),
        auth,
        OperationsModule.forRoot(checksTokens(settings) ? { actor: actorOf } : { open: true }),
        ConsoleModule.forRoot({ open: true, api: '/' }), // the page holds no data: its routes ask for the token
        HttpEdgeModule.forRoot(access),
        ...jetStreamOf(settings),
      ],
    };
  }
}
