import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { resolve } from 'node:path';
import type { AccessOptions } from '../api/access/access.js';
import { ContentPopularityModule } from '../content-popularity/content-popularity.module.js';
import { masterKeysOf } from './config/master-keys.js';
import type { Settings } from './config/settings.js';
import { DatabaseModule, type DatabaseOptions } from './database/database.module.js';
import { EventSourcingModule } from '../event-sourcing/index.js';
import { UserProfileModule } from '../user-profile/user-profile.module.js';
import { UsersModule } from '../users/users.module.js';
import { ViewingModule } from '../viewing/viewing.module.js';

export interface LogOptions {
  database?: DatabaseOptions;
  /** The access to the routes. By default there are no routes: the command line does not need them. */
  access?: AccessOptions;
}

/** The log of the service with all parts that write and read it, and without an HTTP server. */
@Module({})
export class LogModule {
  static forRoot(settings: Settings, databaseUrl: string, { database, access }: LogOptions): DynamicModule {
    const routes = access ?? { controllers: false };
    return {
      module: LogModule,
      imports: [
        DatabaseModule.forRoot(settings, databaseUrl, database),
        CqrsModule.forRoot(),
        EventSourcingModule.forRoot({
          schema: settings.DATABASE_SCHEMA,
          privacy: {
            masterKeys: masterKeysOf(settings.PRIVACY_MASTER_KEY ?? '') ?? 'kept-in-database',
            ledger: settings.PRIVACY_LEDGER ?? resolve(settings.DATA_DIR, 'erasures.jsonl'),
          },
          projections: settings.PROJECTIONS === 'on',
          requireTables: database?.migrate ?? true, // the command line checks this itself and names the remedy
          retry: { maxAttempts: settings.RETRY_MAX_ATTEMPTS, baseDelayMs: settings.RETRY_BASE_DELAY_MS },
          snapshots: settings.SNAPSHOT_EVERY > 0 && { every: settings.SNAPSHOT_EVERY },
          cache: settings.AGGREGATE_CACHE_SIZE > 0 && {
            maxAggregates: settings.AGGREGATE_CACHE_SIZE,
            maxBytes: settings.AGGREGATE_CACHE_MB * 2 ** 20,
          },
          turns: { pollIntervalMs: settings.PROJECTION_POLL_MS },
          notifications: { checkIntervalMs: settings.NOTIFICATION_CHECK_MS },
          readAfterTimeoutMs: settings.READ_AFTER_TIMEOUT_MS,
          replicaMaxLagMs: settings.REPLICA_MAX_LAG_MS,
          processName: settings.PROCESS_NAME,
          build: settings.BUILD,
          liveIntervalMs: settings.LIVE_INTERVAL_MS,
          liveMaxConnections: settings.LIVE_MAX_CONNECTIONS,
          maxClockAheadMs: settings.DATABASE_CLOCK_MAX_AHEAD_SECONDS * 1_000,
        }),
        UsersModule.forRoot(routes),
        ViewingModule.forRoot(routes),
        UserProfileModule.forRoot(routes),
        ContentPopularityModule.forRoot({
          ...routes,
          trendingHalfLifeHours: settings.TRENDING_HALF_LIFE_HOURS,
        }),
      ],
    };
  }
}
