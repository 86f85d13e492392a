import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { actorOf } from '../access/actor.js';
import type { HttpRequest } from '../request/correlation.js';
import { acceptedType } from '../request/accepted-type.js';
import { lastEventIdOf } from '../request/headers.js';
import { EVENT_STREAM } from './live-frame.js';

/** The client of a request that may follow a feed, and its connection, on Express and Fastify alike. */
export class LiveClient {
  constructor(
    private readonly request: HttpRequest & { raw?: IncomingMessage; method?: string },
    readonly response: ServerResponse,
    /** The last position that the client has had on an earlier connection. */
    readonly lastEventId: number | undefined,
  ) {}

  /** Whether it asks for a feed on a route that also answers once. */
  get wantsFeed(): boolean {
    return acceptedType(this.request.headers.accept, ['application/json', EVENT_STREAM]) === EVENT_STREAM;
  }

  /** Whether it asks for the headers alone. */
  get wantsNoBody(): boolean {
    return this.request.method === 'HEAD';
  }

  /** When its token expires; undefined when that is not known. */
  get until(): Date | undefined {
    return actorOf(this.request)?.expiresAt;
  }
}

/** @throws InvalidRequest when `Last-Event-ID` is no position */
export const Client = createParamDecorator((_: unknown, execution: ExecutionContext) => {
  const http = execution.switchToHttp();
  const response = http.getResponse<ServerResponse & { raw?: ServerResponse }>();
  return new LiveClient(http.getRequest(), response.raw ?? response, lastEventIdOf(execution));
});
