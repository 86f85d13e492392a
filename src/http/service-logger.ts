import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { Settings } from '../config/settings.js';

/** From the least important on. */
const LEVELS: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];

/** Nest's account of its own start: worth reading when something does not start, noise otherwise. */
const BOOTSTRAP = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

export class ServiceLogger extends ConsoleLogger {
  constructor({ LOG_LEVEL, LOG_FORMAT }: Settings) {
    super({ json: LOG_FORMAT === 'json', logLevels: LEVELS.slice(LEVELS.indexOf(LOG_LEVEL)) });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (BOOTSTRAP.has(String(rest.at(-1))) && !this.isLevelEnabled('debug')) return;
    super.log(message, ...(rest as [string]));
  }
}
