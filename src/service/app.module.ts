import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { actorOf } from '../api/access/actor.js';
import { AuthModule } from './auth/auth.module.js';
import { checksTokens, type Settings } from './config/settings.js';
import { SettingsModule } from './config/settings.module.js';
import { ContentPopularityModule } from '../content-popularity/content-popularity.module.js';
import { DatabaseModule, type DatabaseOptions } from './database/database.module.js';
import { EventSourcingModule } from '../event-sourcing/index.js';
import { HttpEdgeModule } from './http-edge.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { RateLimitModule } from './rate-limit/rate-limit.module.js';
import { UserProfileModule } from '../user-profile/user-profile.module.js';
import { UsersModule } from '../users/users.module.js';
import { ViewingModule } from '../viewing/viewing.module.js';

/** The standalone service: everything, wired. */
@Module({})
export class AppModule {
  static forRoot(settings: Settings, databaseUrl: string, database?: DatabaseOptions): DynamicModule {
    const auth = AuthModule.forRoot(settings);
    const access = { open: !checksTokens(settings) }; // else those whom `checkTokensFirst` has found out
    return {
      module: AppModule,
      imports: [
        SettingsModule.forRoot(settings),
        DatabaseModule.forRoot(settings, databaseUrl, database),
        CqrsModule.forRoot(),
        EventSourcingModule.forRoot({
          schema: settings.DATABASE_SCHEMA,
          projections: settings.PROJECTIONS === 'on',
          requireTables: database?.migrate ?? true, // the command line looks by itself, and says what to do
          retry: { maxAttempts: settings.RETRY_MAX_ATTEMPTS, baseDelayMs: settings.RETRY_BASE_DELAY_MS },
          snapshots: settings.SNAPSHOT_EVERY > 0 && { every: settings.SNAPSHOT_EVERY },
          cache: settings.AGGREGATE_CACHE_SIZE > 0 && { maxAggregates: settings.AGGREGATE_CACHE_SIZE },
          turns: { pollIntervalMs: settings.PROJECTION_POLL_MS },
          notifications: { checkIntervalMs: settings.NOTIFICATION_CHECK_MS },
          readAfterTimeoutMs: settings.READ_AFTER_TIMEOUT_MS,
          maxClockAheadMs: settings.DATABASE_CLOCK_MAX_AHEAD_SECONDS * 1_000,
        }),
        RateLimitModule.forRoot(settings, auth),
        auth,
        UsersModule.forRoot(access),
        ViewingModule.forRoot(access),
        UserProfileModule.forRoot(access),
        ContentPopularityModule.forRoot({
          ...access,
          trendingHalfLifeHours: settings.TRENDING_HALF_LIFE_HOURS,
        }),
        OperationsModule.forRoot(checksTokens(settings) ? { actor: actorOf } : { open: true }),
        HttpEdgeModule.forRoot(access),
      ],
    };
  }
}
