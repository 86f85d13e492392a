import { context as traceContext } from '@opentelemetry/api';
import { startOfChain } from '../../event-sourcing/for-service.js';
import type { MessageContext } from '../../event-sourcing/index.js';
import { knownIdOf } from '../request/correlation.js';
import type { RequestHooks } from '../request/request-hooks.js';
import { traceParentOf } from '../request/trace-parent.js';

/**
 * Runs a request in its message, with its correlation id. The trace is that of the client's headers, unless the
 * application has a span of its own for the request. The actor is not known yet: guards find it out later.
 */
export const messageOfRequest = (context: MessageContext): RequestHooks => ({
  around: (request, goOn) => {
    const message = startOfChain(knownIdOf(request));
    traceContext.with(traceParentOf(request), () => context.run(message, goOn));
  },
});
