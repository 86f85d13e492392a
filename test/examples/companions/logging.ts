import { LoggerModule } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import { requestIdsOf } from '../../../src/api/index.js';
import { MessageContext } from '../../../src/event-sourcing/index.js';

/** Each line has the ids of the message in which it is written. The line of a request has the ids of the request. */
export const loggingTo = (stream: DestinationStream) =>
  LoggerModule.forRootAsync({
    inject: [MessageContext],
    useFactory: (context: MessageContext) => ({
      pinoHttp: [
        {
          mixin: () => idsOf(context),
          // The line of a request is written after the answer, outside of its message.
          customSuccessObject: (request, _response, line) => ({ ...line, ...requestIdsOf(request) }),
          customErrorObject: (request, _response, _error, line) => ({ ...line, ...requestIdsOf(request) }),
        },
        stream,
      ],
    }),
  });

function idsOf(context: MessageContext): object {
  const message = context.running();
  return message === undefined ? {} : { correlationId: message.correlationId, userId: message.userId };
}
