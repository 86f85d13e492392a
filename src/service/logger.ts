import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { isColoured } from './config/coloured.js';
import type { Settings } from './config/settings.js';
import { projectionOfContext } from '../event-sourcing/for-service.js';
import { type MessageContext } from '../event-sourcing/index.js';

/** From the least important level on. */
const LEVELS: LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];

/** Nest's lines about its own start: useful when something does not start, noise otherwise. */
const BOOTSTRAP = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/**
 * Writes lines for people, or, with `LOG_FORMAT=json`, one object a line. The object has the request (`correlationId`),
 * the projection and the trace in which the line was written, if there is one.
 */
export class ServiceLogger extends ConsoleLogger {
  private messages: MessageContext | undefined;

  constructor({ LOG_LEVEL, LOG_FORMAT }: Settings) {
    const json = LOG_FORMAT === 'json';
    super({
      json,
      // Lines go to both streams with the same colours.
      colors: !json && isColoured(process.stdout) && isColoured(process.stderr),
      logLevels: LEVELS.slice(LEVELS.indexOf(LOG_LEVEL)),
    });
  }

  /** From now on, lines in JSON name the request in whose context they are written. */
  follow(messages: MessageContext): void {
    this.messages = messages;
  }

  protected override getJsonLogObject(
    ...[message, options]: Parameters<ConsoleLogger['getJsonLogObject']>
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    const correlationId = this.messages?.running()?.correlationId;
    const projection = projectionOfContext(options.context);
    const traceId = trace.getActiveSpan()?.spanContext().traceId;
    return {
      ...super.getJsonLogObject(message, options),
      ...(correlationId !== undefined && { correlationId }),
      ...(projection !== undefined && { projection }),
      ...(traceId !== undefined && { traceId }),
    };
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (BOOTSTRAP.has(String(rest.at(-1))) && !this.isLevelEnabled('debug')) return;
    super.log(message, ...(rest as [string]));
  }
}
