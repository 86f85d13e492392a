import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { ResolvedOptions } from '../options.js';
import type { StoredEvent } from './domain-event.js';
import type { IdempotentCall } from './idempotent-call.js';

/** The request (or event) on whose behalf code runs. */
export interface Message {
  correlationId: string;
  causationId: string;
  /** The actor, where one is known. */
  userId?: string;
}

/** What handles stored events, one after the other. */
export interface Handling {
  /** The one that is handled now. */
  event?: Pick<StoredEvent, 'eventId' | 'metadata'>;
}

/** On whose behalf an append is made. */
export interface Caller {
  message: Message;
  call: IdempotentCall | undefined;
}

interface Running {
  message?: Message;
  handling?: Handling;
  call?: IdempotentCall;
}

/** One for the process: before Node.js 24 each promise carries every storage that was ever used. */
const storage = new AsyncLocalStorage<Running>();

/** Carries the message from the edge to the metadata of the events, past every layer between. */
@Injectable()
export class MessageContext {
  run<Result>(message: Message, work: () => Result): Result {
    return storage.run({ message }, work);
  }

  /** As `run`. A context of the same request that is open already goes on, with what is known of the message now. */
  runOnce<Result>(message: Message, work: () => Result): Result {
    const running = storage.getStore();
    if (running?.message?.correlationId !== message.correlationId) return this.run(message, work);
    running.message = message;
    return work();
  }

  /** Runs handlers of stored events: what one appends goes back to the event that it handles. */
  runHandling<Result>(handling: Handling, work: () => Result): Result {
    return storage.run({ handling }, work);
  }

  /** Runs what may come again, as a part of the running message. */
  runCall<Result>(call: IdempotentCall, work: () => Result): Result {
    return storage.run({ message: this.current(), call }, work);
  }

  /** The message of the running call; outside of any, a new one. */
  current(): Message {
    return this.running() ?? startOfChain(randomUUID());
  }

  /** On whose behalf the running function appends to the event store of these options. */
  caller(store: ResolvedOptions): Caller {
    return { message: this.current(), call: this.currentCall(store) };
  }

  /** The message of the running call, if there is one. */
  running(): Message | undefined {
    const running = storage.getStore();
    const event = running?.handling?.event;
    return running?.message ?? (event && causedBy(event));
  }

  /** The call under an idempotency key of this event store that is running, if one is. */
  currentCall(store: ResolvedOptions): IdempotentCall | undefined {
    const call = storage.getStore()?.call;
    return call?.store === store ? call : undefined;
  }
}

/** The message of what an event leads to. */
function causedBy({ eventId, metadata: { correlationId, userId } }: NonNullable<Handling['event']>): Message {
  return { correlationId, causationId: eventId, ...(userId !== undefined && { userId }) };
}

/** A message that nothing inside the system led to: it is its own cause. */
export function startOfChain(correlationId: string, userId?: string): Message {
  return { correlationId, causationId: correlationId, ...(userId !== undefined && { userId }) };
}
