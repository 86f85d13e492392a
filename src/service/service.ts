import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppModule } from './app.module.js';
import { checkTokensFirst } from './auth/check-tokens.js';
import { describeSecurity, withoutSecurity } from './auth/openapi-security.js';
import { routesOf } from '../api/route/routes.js';
import { checksTokens, type Settings, StartRefused } from './config/settings.js';
import { keepMasterKey } from './config/master-keys.js';
import { EmbeddedPostgres } from './database/embedded-postgres.js';
import { untilAborted } from './database/until-aborted.js';
import { waitForDatabase } from './database/wait-for-database.js';
import { EventfoldError, MessageContext } from '../event-sourcing/index.js';
import { limitBodies } from './http/body-limit.js';
import { takeConsoleWithSlash } from './http/console-address.js';
import { allowOrigins } from './http/cors.js';
import { acceptJsonOnly, createAdapter, requireHost } from './http/fastify.js';
import { refuseForeignSites } from './http/foreign-sites.js';
import { Drain } from '../operations/drain.js';
import { describeApi, serveOpenApi } from './openapi/openapi.js';
import { withShortProblems } from './openapi/openapi-page.js';
import { refuseExpectations } from './http/protocol-errors.js';
import { sendCorrelationId } from './http/correlation-header.js';
import { sendSecurityHeaders } from './http/security-headers.js';
import { ServiceLogger } from './logger.js';
import { turnAwayOnStop } from './http/stopping.js';
import { limitRate } from './rate-limit/rate-limiter.js';

/** The share of a stop's time for requests, turns and rebuilds under way. The database gets the rest. */
const CLOSING_SHARE = 0.5;
/** The time for the stop of a start that was given up, in ms. */
const GIVE_UP_WITHIN_MS = 8_000;

/** The standalone service, listening. */
export interface Service {
  url: string;
  /** `SHUTDOWN_DELAY_MS`: the time that `drain` takes. */
  drainMs: number;
  /** Says that it is not ready, and still answers for that time. */
  drain(): Promise<void>;
  /**
   * Stops accepting, finishes what is under way, stops projections, then the embedded database. Work that takes longer
   * than half of the time is cut off, and its transaction is rolled back.
   */
  stop(withinMs: number): Promise<void>;
}

/**
 * @param signal ends the start, after the stop of what the start had begun
 * @throws StartRefused when a setting or the machine does not allow it
 * @throws the signal's reason
 */
export async function startService(settings: Settings, signal: AbortSignal): Promise<Service> {
  const logger = new ServiceLogger(settings);
  Logger.overrideLogger(logger);
  const { DATABASE_URL, DATABASE_WAIT_SECONDS, DATA_DIR } = settings;
  const embedded =
    DATABASE_URL === undefined ? await EmbeddedPostgres.start(DATA_DIR, { signal }) : undefined;
  let app: NestFastifyApplication | undefined;
  const stop = async (withinMs: number) => {
    const stopBy = performance.now() + withinMs;
    try {
      await close(app, withinMs * CLOSING_SHARE);
    } finally {
      await embedded?.stop(stopBy - performance.now());
    }
  };
  try {
    if (embedded !== undefined) await keepKeyBeside(settings);
    if (DATABASE_URL !== undefined) await waitForDatabase(DATABASE_URL, DATABASE_WAIT_SECONDS, signal);
    app = await untilAborted(createApp(settings, DATABASE_URL ?? embedded!.url, logger), signal);
    if (settings.DOCS === 'on') serveDescription(app, !checksTokens(settings));
    await untilAborted(listen(app, settings), signal);
    const drain = app.get(Drain, { strict: false });
    const drainMs = settings.SHUTDOWN_DELAY_MS;
    return { url: await app.getUrl(), drainMs, drain: () => drain.begin(drainMs), stop };
  } catch (error) {
    await stop(GIVE_UP_WITHIN_MS);
    // Its message has the cause and the cure, such as a wrong master key: no stack is needed.
    throw error instanceof EventfoldError ? new StartRefused(error.message, { cause: error }) : error;
  }
}

/** Without a setting, the master key of an embedded database is a file beside it. */
async function keepKeyBeside(settings: Settings): Promise<void> {
  settings.PRIVACY_MASTER_KEY ??= await keepMasterKey(settings.DATA_DIR, (path) =>
    new Logger('Personal data').log(
      `Made the master key of personal data: keep a copy of ${path} in a safe place`,
    ),
  );
}

async function close(app: NestFastifyApplication | undefined, withinMs: number): Promise<void> {
  const inTime = await Promise.race([app?.close().then(() => true) ?? true, sleep(withinMs, false)]);
  if (inTime) return;
  new Logger('Eventfold').warn(
    `What was under way took longer than ${Math.round(withinMs / 1_000)} s: it is cut off, and rolled back.`,
  );
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
  allowOrigins(app, settings);
  requireHost(app);
  if (!checksTokens(settings)) refuseForeignSites(app, settings);
  turnAwayOnStop(app);
  refuseExpectations(app.getHttpServer());
  logger.follow(app.get(MessageContext));
  sendSecurityHeaders(app);
  sendCorrelationId(app);
  // Their checks run in this order.
  if (settings.RATE_LIMIT_PER_MINUTE > 0) limitRate(app);
  if (checksTokens(settings)) checkTokensFirst(app);
  limitBodies(app, settings);
  takeConsoleWithSlash(app);
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
