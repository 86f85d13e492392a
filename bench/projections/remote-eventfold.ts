import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { migrationsFor, MODULES_WITH_TABLES } from '../../migrations/index.js';
import { ContentPopularityModule } from '../../src/content-popularity/index.js';
import { EventSourcingModule, ProjectionProgress } from '../../src/event-sourcing/index.js';
import { jetstreamLog } from '../../src/jetstream/index.js';
import { UserProfileModule } from '../../src/user-profile/index.js';

/** Longer than any catch-up here. */
const PATIENCE_MS = 600_000;

@Module({})
class RemoteModule {}

/** An application with both read models in a database without a log, migrated and without HTTP. */
export function openRemoteEventfold(url: string, servers: string): Promise<INestApplicationContext> {
  const migrations = migrationsFor({ log: false, modules: MODULES_WITH_TABLES });
  const module = {
    module: RemoteModule,
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url,
        migrations,
        migrationsRun: true,
        retryAttempts: 0,
        extra: { options: '-c search_path=public' }, // the embedded server's user has the name of the schema
      }),
      CqrsModule.forRoot(),
      EventSourcingModule.forRoot({ log: jetstreamLog({ servers }), readAfterTimeoutMs: PATIENCE_MS }),
      UserProfileModule.forRoot({ controllers: false }),
      ContentPopularityModule.forRoot({ controllers: false }),
    ],
  };
  return NestFactory.createApplicationContext(module, { logger: ['error', 'fatal'], abortOnError: false });
}

/** Folds the whole stream with both projections, so that the database knows them. */
export async function catchUpRemotely(url: string, servers: string, head: number): Promise<void> {
  const app = await openRemoteEventfold(url, servers);
  const progress = app.get(ProjectionProgress);
  try {
    await Promise.all(progress.names.map((name) => progress.waitFor(name, head)));
  } finally {
    await app.close();
  }
}
