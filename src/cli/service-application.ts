import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { jetStreamOf } from '../service/jetstream.js';
import { LogModule } from '../service/log.module.js';
import { loadSettings } from '../service/config/load-settings.js';
import { type SettingName, type Settings, StartRefused } from '../service/config/settings.js';
import { readMasterKey } from '../service/config/master-keys.js';
import { EmbeddedPostgres } from '../service/database/embedded-postgres.js';
import { CommandFailure } from './command-failure.js';
import { chooseStore, type OpenStore } from './open-store.js';
import type { Terminal } from './terminal/terminal.js';

/** The settings that locate the log. Settings for HTTP do not matter here. */
export const VARIABLES: SettingName[] = [
  'DATABASE_URL',
  'DATABASE_SCHEMA',
  'DATABASE_CLOCK_MAX_AHEAD_SECONDS',
  'DATA_DIR',
  'PRIVACY_MASTER_KEY',
  'PRIVACY_LEDGER',
];

/** The settings that locate the broker. */
const BROKER_VARIABLES: SettingName[] = ['JETSTREAM_URL', 'JETSTREAM_CREDS', 'RELAY_PREFIX'];

/** A question to a large log may take its time: the user can end it. */
const OWN_VALUES = {
  PROJECTIONS: 'off',
  DATABASE_POOL_SIZE: 2,
  DATABASE_QUERY_TIMEOUT_MS: 0,
} as const satisfies Partial<Settings>;

/**
 * Opens the modules of the service, without HTTP, projections and migrations, for one piece of work.
 *
 * @param names settings that matter besides those of the log
 */
export function withService<Result>(
  terminal: Terminal,
  work: (store: OpenStore) => Promise<Result>,
  names: readonly SettingName[],
): Promise<Result> {
  return withServer(terminal, [...VARIABLES, ...names], async (settings, url) => {
    const application = await open(Object.assign(settings, OWN_VALUES), url);
    try {
      return await work(chooseStore(application, false, terminal.options.store));
    } finally {
      await application.close();
    }
  });
}

/**
 * The settings, and the URL of the database in them. An embedded database runs until the work is done.
 *
 * @param names the settings that matter
 * @throws CommandFailure when a setting is wrong, or there is no database
 */
export async function withServer<Result>(
  terminal: Terminal,
  names: SettingName[],
  work: (settings: Settings, url: string) => Promise<Result>,
): Promise<Result> {
  Logger.overrideLogger(false); // the command reports a failure once
  const settings = await settingsOf(terminal, names);
  const embedded =
    settings.DATABASE_URL === undefined ? await joinEmbedded(terminal, settings.DATA_DIR) : undefined;
  try {
    if (embedded !== undefined) await readKeyBeside(settings, terminal);
    return await work(settings, settings.DATABASE_URL ?? embedded!.url);
  } finally {
    await embedded?.stop();
  }
}

/** The master key that the service has made beside its database. */
async function readKeyBeside(settings: Settings, { directory }: Terminal): Promise<void> {
  const kept = await readMasterKey(resolve(directory, settings.DATA_DIR));
  if (kept !== undefined) settings.PRIVACY_MASTER_KEY ??= kept;
}

/** @throws CommandFailure when a setting is wrong */
export const brokerSettings = (terminal: Terminal): Promise<Settings> =>
  settingsOf(terminal, BROKER_VARIABLES);

async function settingsOf({ environment, directory }: Terminal, names: SettingName[]): Promise<Settings> {
  try {
    return (await loadSettings(environment, names, directory)).settings;
  } catch (error) {
    throw error instanceof StartRefused ? new CommandFailure(error.message, 2) : error;
  }
}

/** The embedded server, if it exists. A look into a log must not create a database. */
async function joinEmbedded({ directory }: Terminal, dataDir: string): Promise<EmbeddedPostgres> {
  const found = await lstat(resolve(directory, dataDir, 'postgres')).catch(() => undefined);
  if (found !== undefined) return EmbeddedPostgres.start(resolve(directory, dataDir));
  throw new CommandFailure(
    `there is no database in DATA_DIR (${dataDir}) yet: ` +
      'start the service once, or say where the log is with DATA_DIR or DATABASE_URL.',
  );
}

function open(settings: Settings, url: string): Promise<INestApplicationContext> {
  const log = LogModule.forRoot(settings, url, { database: { migrate: false } });
  const module = { module: class CommandModule {}, imports: [log, ...jetStreamOf(settings)] };
  return NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
}
