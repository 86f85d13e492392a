import { Logger } from '@nestjs/common';

const CONTEXT = 'Projection ';

/** The logger of one projection or reaction. */
export const projectionLogger = (name: string) => new Logger(CONTEXT + name);

/** The projection that a logger's context names; undefined for any other context. For logs that have it as a field. */
export function projectionOfContext(context: string): string | undefined {
  return context.startsWith(CONTEXT) ? context.slice(CONTEXT.length) : undefined;
}
