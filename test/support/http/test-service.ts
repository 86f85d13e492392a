import { type INestApplicationContext, Logger } from '@nestjs/common';
import { join } from 'node:path';
import { readSettings } from '../../../src/service/config/settings.js';
import { ServiceLogger } from '../../../src/service/logger.js';
import { createApp } from '../../../src/service/service.js';
import { Api } from './api.js';
import { PATIENT } from '../patience.js';
import { createTestDatabase, type TestDatabase } from '../test-database.js';

/** The whole service in this process, on a database of its own and a port of its own. */
export interface TestService {
  api: Api;
  /** For parts that HTTP does not reach: `app.get(EventStore)`. */
  app: INestApplicationContext;
  database: TestDatabase;
  stop(): Promise<void>;
}

/** @param environment over the default, which is quiet and uses the test's database */
export async function startTestService(environment: NodeJS.ProcessEnv = {}): Promise<TestService> {
  const database = await createTestDatabase();
  const service = await startOn(database.url, environment);
  return {
    api: new Api(service.url),
    app: service.app,
    database,
    stop: async () => {
      await service.stop();
      await database.drop();
    },
  };
}

export interface StartedService {
  url: string;
  app: INestApplicationContext;
  stop(): Promise<void>;
}

/** Another service on an existing database. The pages under /docs are left to the tests of real processes. */
export async function startOn(
  databaseUrl: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<StartedService> {
  const settings = readSettings({
    PORT: '0',
    LOG_LEVEL: 'fatal',
    PRIVACY_LEDGER: join(process.env.EVENTFOLD_TEST_INSTALL!, 'erasures.jsonl'),
    ...PATIENT,
    ...environment,
  });
  const logger = new ServiceLogger(settings);
  Logger.overrideLogger(logger);
  const app = await createApp(settings, databaseUrl, logger);
  await app.listen(settings.PORT, settings.HOST);
  return { url: await app.getUrl(), app, stop: () => app.close() };
}
