import { type INestApplicationContext, Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { loadSettings } from '../config/load-settings.js';
import { type SettingName, type Settings, StartRefused } from '../config/settings.js';
import { EmbeddedPostgres } from '../database/embedded-postgres.js';
import { ResolvedOptions } from '../event-sourcing/options.js';
import { CommandFailure, WrongUsage } from './failure.js';

/** Of the environment only what says where the log is: how the service listens does not matter here. */
const VARIABLES: SettingName[] = ['DATABASE_URL', 'DATABASE_SCHEMA', 'DATA_DIR'];

/** The application behind the commands: all modules of the service, but no HTTP, no projections and no migrations. */
@Injectable()
export class Application {
  /**
   * Opens it for one piece of work.
   *
   * @throws WrongUsage when a setting is wrong; CommandFailure, StartRefused when there is no log to work on
   */
  use<Result>(work: (application: INestApplicationContext) => Promise<Result>): Promise<Result> {
    return this.useDatabase(async (application) => {
      await requireLog(application);
      return work(application);
    });
  }

  /** The same, on a database that may have no log yet. */
  async useDatabase<Result>(
    work: (application: INestApplicationContext) => Promise<Result>,
  ): Promise<Result> {
    const settings = await cliSettings();
    const embedded = settings.DATABASE_URL === undefined ? await joinEmbedded(settings.DATA_DIR) : undefined;
    try {
      const application = await open(settings, settings.DATABASE_URL ?? embedded!.url);
      try {
        return await work(application);
      } finally {
        await application.close();
      }
    } finally {
      await embedded?.stop();
    }
  }
}

/** Whoever waits here can end it, and a question to a large log may take its time. */
const OWN_VALUES = {
  PROJECTIONS: 'off',
  DATABASE_POOL_SIZE: 2,
  DATABASE_QUERY_TIMEOUT_MS: 0,
} as const satisfies Partial<Settings>;

async function cliSettings(): Promise<Settings> {
  try {
    const { settings } = await loadSettings(process.env, VARIABLES);
    return Object.assign(settings, OWN_VALUES);
  } catch (error) {
    throw error instanceof StartRefused ? new WrongUsage(error.message) : error;
  }
}

/** The embedded server, where there is one. To look into a log must not create a database. */
async function joinEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  const found = await lstat(join(dataDir, 'postgres')).catch(() => undefined);
  if (found !== undefined) return EmbeddedPostgres.start(dataDir);
  throw new CommandFailure(
    `there is no database in DATA_DIR (${dataDir}) yet: start the service once, or say where the log is with DATA_DIR or DATABASE_URL.`,
  );
}

async function open(settings: Settings, url: string): Promise<INestApplicationContext> {
  const { AppModule } = await import('../app.module.js'); // here, since it takes longer than all of --help
  const module = AppModule.forRoot(settings, url, { migrate: false });
  return NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
}

async function requireLog(application: INestApplicationContext): Promise<void> {
  const options = application.get(ResolvedOptions);
  const [row] = await application
    .get(DataSource)
    .query<{ found: boolean }[]>('select to_regclass($1) is not null as found', [
      options.qualified('events'),
    ]);
  if (row?.found) return;
  throw new CommandFailure(
    `the database has no event log in schema "${options.schema}": create it with "eventfold migrate", or name another with DATABASE_SCHEMA.`,
  );
}
