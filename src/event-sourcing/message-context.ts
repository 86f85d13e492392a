import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** The request (or event) on whose behalf code runs. */
export interface Message {
  correlationId: string;
  causationId: string;
  /** The actor, where one is known. */
  userId?: string;
}

/** Carries the message from the edge to the metadata of the events, past every layer between. */
@Injectable()
export class MessageContext {
  private readonly storage = new AsyncLocalStorage<Message>();

  run<Result>(message: Message, work: () => Result): Result {
    return this.storage.run(message, work);
  }

  /** The message of the running call; outside of any, a new one. */
  current(): Message {
    return this.storage.getStore() ?? startOfChain(randomUUID());
  }
}

/** A message that nothing inside the system led to: it is its own cause. */
export function startOfChain(correlationId: string, userId?: string): Message {
  return { correlationId, causationId: correlationId, ...(userId !== undefined && { userId }) };
}
