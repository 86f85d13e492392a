import type { DynamicModule, INestApplicationContext, ModuleMetadata, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule, type EventSourcingOptions } from '../event-sourcing/index.js';

export interface TestModuleOptions extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  /** Entities of the application that no `TypeOrmModule.forFeature` lists. */
  entities?: readonly Type<object>[];
  /** The options of the event store. */
  eventSourcing?: EventSourcingOptions;
}

class TestModule {}

/** The smallest root module around modules of yours: a data source, `CqrsModule` and an event store. */
export function testModule(
  url: string,
  { imports = [], providers = [], entities = [], eventSourcing = {} }: TestModuleOptions = {},
): DynamicModule {
  return {
    module: TestModule,
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url,
        entities: [...entities],
        autoLoadEntities: true,
        retryAttempts: 0,
        installExtensions: false,
      }),
      CqrsModule.forRoot(),
      EventSourcingModule.forRoot(eventSourcing),
      ...imports,
    ],
    providers,
  };
}

/** Starts the application, with its projections. Close it before its database is dropped. */
export const startTestApplication = (
  url: string,
  options?: TestModuleOptions,
): Promise<INestApplicationContext> =>
  NestFactory.createApplicationContext(testModule(url, options), { logger: false });
