import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import type { Settings } from './config/settings.js';
import { EmbeddedPostgres } from './database/embedded-postgres.js';
import { serveOpenApi } from './http/openapi.js';
import { ServiceLogger } from './http/service-logger.js';

/** The standalone service, listening. */
export interface Service {
  url: string;
  /** Stops accepting, finishes what is under way, stops projections, then the embedded database. */
  stop(): Promise<void>;
}

/** @throws StartRefused when a setting or the machine does not allow it */
export async function startService(settings: Settings): Promise<Service> {
  const logger = new ServiceLogger(settings);
  Logger.overrideLogger(logger);
  const embedded =
    settings.DATABASE_URL === undefined ? await EmbeddedPostgres.start(settings.DATA_DIR) : undefined;
  try {
    const app = await createApp(settings, settings.DATABASE_URL ?? embedded!.url, logger);
    serveOpenApi(app);
    await app.listen(settings.PORT, settings.HOST);
    return {
      url: await app.getUrl(),
      stop: async () => {
        await app.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** The application without its documentation pages, not listening yet. */
export async function createApp(
  settings: Settings,
  databaseUrl: string,
  logger: ServiceLogger,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: settings.BODY_LIMIT_BYTES,
    // The longest id in its longest spelling: 128 characters of up to 12 percent-encoded letters each.
    routerOptions: { maxParamLength: 128 * 12 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(settings, databaseUrl),
    adapter,
    {
      logger,
      abortOnError: false,
    },
  );
  return app;
}
