import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { ResolvedOptions } from '../options.js';
import { requireArguments } from '../options/require-arguments.js';
import { isRecord } from '../options/resolve-options.js';
import { NON_EMPTY_TEXT, type Rule } from '../options/rules.js';
import type { StoredEvent } from './domain-event.js';
import type { IdempotentCall } from './idempotent-call.js';
import { SecondAppendError } from './second-append.error.js';

/** The request or event that the running code serves. */
export interface Message {
  correlationId: string;
  causationId: string;
  /** The actor, when known. */
  userId?: string;
}

/** A run of handlers over stored events, one after the other. */
export interface Handling {
  /** The event that is handled now. */
  event?: Pick<StoredEvent, 'eventId' | 'metadata'>;
}

/** The message and the call that an append belongs to. */
export interface Caller {
  message: Message;
  call: IdempotentCall | undefined;
}

interface Running {
  message?: Message;
  handling?: Handling;
  call?: IdempotentCall;
}

const MESSAGE: Rule<Message> = {
  says: 'an object with the texts correlationId and causationId, and the text userId or none',
  accepts: (value) =>
    isRecord(value) &&
    [value.correlationId, value.causationId, value.userId ?? 'none'].every((id) =>
      NON_EMPTY_TEXT.accepts(id),
    ),
};
const WORK: Rule = { says: 'a function', accepts: (value) => typeof value === 'function' };
const RUN = { message: MESSAGE, work: WORK };

/** One storage for the process: before Node.js 24 each promise carries every storage that was ever used. */
const storage = new AsyncLocalStorage<Running>();

/** Carries the message from the entry point to the metadata of the events, through every layer between. */
@Injectable()
export class MessageContext {
  /**
   * A running call goes on in it, with its idempotency key.
   *
   * @throws InvalidArgumentError when the message lacks an id: events would be stored without it
   */
  run<Result>(message: Message, work: () => Result): Result {
    requireArguments('MessageContext.run', { message, work }, RUN);
    const call = storage.getStore()?.call;
    return storage.run(call === undefined || call.isOver ? { message } : { message, call }, work);
  }

  /** Like `run`, but reuses the open context of the same request, and updates its message. */
  runOnce<Result>(message: Message, work: () => Result): Result {
    const running = storage.getStore();
    if (running?.message?.correlationId !== message.correlationId) return this.run(message, work);
    running.message = message;
    return work();
  }

  /** Runs handlers of stored events. The events that a handler appends name the handled event as their cause. */
  runHandling<Result>(handling: Handling, work: () => Result): Result {
    return storage.run({ handling }, work);
  }

  /** Runs a call that may be repeated, as a part of the running message. */
  runCall<Result>(call: IdempotentCall, work: () => Result): Result {
    return storage.run({ message: this.current(), call }, work);
  }

  /** The message of the running call, or a new message outside of any call. */
  current(): Message {
    return this.running() ?? startOfChain(randomUUID());
  }

  /**
   * The caller of an append to the event store of these options.
   *
   * @throws SecondAppendError when the running call has taken its idempotency key with another append
   */
  caller(store: ResolvedOptions): Caller {
    const call = this.currentCall(store);
    if (call?.hasTakenKey) throw new SecondAppendError();
    return { message: this.current(), call };
  }

  /** The message of the running call, if there is one. */
  running(): Message | undefined {
    const running = storage.getStore();
    const event = running?.handling?.event;
    return running?.message ?? (event && causedBy(event));
  }

  /**
   * The running call that has an idempotency key of this event store, if there is one. A task that a call has left
   * running is no part of it, and appends without its key.
   */
  currentCall(store: ResolvedOptions): IdempotentCall | undefined {
    const call = storage.getStore()?.call;
    return call?.store === store && !call.isOver ? call : undefined;
  }
}

/** The message for the consequences of an event. */
function causedBy({ eventId, metadata: { correlationId, userId } }: NonNullable<Handling['event']>): Message {
  return { correlationId, causationId: eventId, ...(userId !== undefined && { userId }) };
}

/** A message from outside the system: it is its own cause. */
export function startOfChain(correlationId: string, userId?: string): Message {
  return { correlationId, causationId: correlationId, ...(userId !== undefined && { userId }) };
}
