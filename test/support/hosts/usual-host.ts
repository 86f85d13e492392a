import { type INestApplicationContext, Logger, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule, type EventSourcingOptions } from '../../../src/event-sourcing/index.js';
import type { TestDatabase } from '../test-database.js';

/** The connection in the form of most applications: parts, no URL, and a pool of ten. */
export function usualConnection({ url }: Pick<TestDatabase, 'url'>) {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    type: 'postgres' as const,
    host: hostname,
    port: Number(port),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}

export interface UsualHost extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  /** Uses the usual connection. */
  connection?: object;
  eventSourcing?: EventSourcingOptions;
}

/** The root module of an application that works with the event store of a migrated database. */
export const usualModule = (
  database: Pick<TestDatabase, 'url'>,
  { connection = {}, eventSourcing = {}, imports = [], providers = [] }: UsualHost = {},
) => ({
  module: class UsualHostModule {},
  imports: [
    TypeOrmModule.forRoot({
      ...usualConnection(database),
      autoLoadEntities: true,
      retryAttempts: 0,
      installExtensions: false,
      ...connection,
    }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot({ readAfterTimeoutMs: 20_000, ...eventSourcing }),
    ...imports,
  ],
  providers,
});

/** Starts it, which may fail. */
export function startUsualHost(
  database: Pick<TestDatabase, 'url'>,
  host?: UsualHost,
): Promise<INestApplicationContext> {
  Logger.overrideLogger(false);
  return NestFactory.createApplicationContext(usualModule(database, host), {
    logger: false,
    abortOnError: false,
  });
}
