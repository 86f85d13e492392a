import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/service/app.module.js';
import { readSettings } from '../src/service/config/settings.js';

/** The service's application, migrated and without HTTP. It folds nothing unless the settings say so. */
export function openEventfold(
  url: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<INestApplicationContext> {
  const settings = readSettings({ PROJECTIONS: 'off', ...environment });
  return NestFactory.createApplicationContext(AppModule.forRoot(settings, url), {
    logger: ['error', 'fatal'],
    abortOnError: false,
  });
}
