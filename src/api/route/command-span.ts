import type { ExecutionContext } from '@nestjs/common';
import { context, propagation, trace } from '@opentelemetry/api';
import type { Describe } from '../../event-sourcing/for-service.js';
import type { HttpRequest } from '../request/correlation.js';

/**
 * The span of a command, named after its route's method. Where the host has none for its requests, the client's is the
 * parent.
 */
export const commandSpan =
  (execution: ExecutionContext): Describe =>
  () => {
    const name = `${execution.getClass().name}.${execution.getHandler().name}`;
    const active = context.active();
    const { headers } = execution.switchToHttp().getRequest<HttpRequest>();
    return {
      name: `command ${name}`,
      options: { attributes: { 'code.function.name': name } },
      parent: trace.getSpan(active) === undefined ? propagation.extract(active, headers) : active,
    };
  };
