import type { ExecutionContext } from '@nestjs/common';
import type { Describe } from '../../event-sourcing/for-service.js';
import type { HttpRequest } from '../request/correlation.js';
import { traceParentOf } from '../request/trace-parent.js';

/**
 * The span of a command, named after its route's method. Its parent is the host's span for the request, or else the
 * client's.
 */
export const commandSpan =
  (execution: ExecutionContext): Describe =>
  () => {
    const name = `${execution.getClass().name}.${execution.getHandler().name}`;
    return {
      name: `command ${name}`,
      options: { attributes: { 'code.function.name': name } },
      parent: traceParentOf(execution.switchToHttp().getRequest<HttpRequest>()),
    };
  };
