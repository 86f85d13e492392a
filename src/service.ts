import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { describeSecurity, withoutSecurity } from './auth/openapi-security.js';
import { routesOf } from './auth/routes.js';
import { checksTokens, type Settings, StartRefused } from './config/settings.js';
import { EmbeddedPostgres } from './database/embedded-postgres.js';
import { waitForDatabase } from './database/wait-for-database.js';
import { MessageContext } from './event-sourcing/index.js';
import { acceptJsonOnly, createAdapter, requireHost } from './http/fastify.js';
import { describeApi, serveOpenApi } from './http/openapi.js';
import { withShortProblems } from './http/openapi-page.js';
import { refuseExpectations } from './http/protocol-errors.js';
import { followRequests } from './http/request-hooks.js';
import { sendSecurityHeaders } from './http/security-headers.js';
import { ServiceLogger } from './http/service-logger.js';
import { turnAwayOnStop } from './http/stopping.js';

/** The standalone service, listening. */
export interface Service {
  url: string;
  /** Stops accepting, finishes what is under way, stops projections, then the embedded database. */
  stop(): Promise<void>;
}

/**
 * @param signal ends the wait for a database that does not answer yet
 * @throws StartRefused when a setting or the machine does not allow it; the signal's reason
 */
export async function startService(settings: Settings, signal: AbortSignal): Promise<Service> {
  const logger = new ServiceLogger(settings);
  Logger.overrideLogger(logger);
  const { DATABASE_URL, DATABASE_WAIT_SECONDS, DATA_DIR } = settings;
  const embedded = DATABASE_URL === undefined ? await EmbeddedPostgres.start(DATA_DIR) : undefined;
  let app: NestFastifyApplication | undefined;
  const stop = async () => {
    await app?.close();
    await embedded?.stop();
  };
  try {
    if (DATABASE_URL !== undefined) await waitForDatabase(DATABASE_URL, DATABASE_WAIT_SECONDS, signal);
    app = await createApp(settings, DATABASE_URL ?? embedded!.url, logger);
    if (settings.DOCS === 'on') serveDescription(app, !checksTokens(settings));
    await listen(app, settings);
    return { url: await app.getUrl(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The application without its documentation pages, not listening yet. */
export async function createApp(
  settings: Settings,
  databaseUrl: string,
  logger: ServiceLogger,
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(settings, databaseUrl),
    createAdapter(settings),
    { logger, abortOnError: false, bodyParser: false },
  );
  acceptJsonOnly(app);
  requireHost(app);
  turnAwayOnStop(app);
  refuseExpectations(app.getHttpServer());
  followRequests(app);
  logger.follow(app.get(MessageContext));
  sendSecurityHeaders(app);
  return app;
}

function serveDescription(app: NestFastifyApplication, isOpen: boolean): void {
  serveOpenApi(app, () => {
    const document = describeSecurity(describeApi(app), routesOf(app), isOpen);
    return { document, page: withShortProblems(isOpen ? withoutSecurity(document) : document) };
  });
}

async function listen(app: NestFastifyApplication, { PORT, HOST }: Settings): Promise<void> {
  try {
    await app.listen(PORT, HOST);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new StartRefused(
        `PORT is ${PORT}, and another program listens at ${HOST}:${PORT} already: choose another.`,
      );
    }
    if (code === 'EACCES')
      throw new StartRefused(`PORT is ${PORT}, which this user may not listen on: choose another.`);
    throw error;
  }
}
