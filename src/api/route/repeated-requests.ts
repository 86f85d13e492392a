import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { createHash } from 'node:crypto';
import { type CallOutcome, type IdempotencyKeys, RepeatedRefusal } from '../../event-sourcing/for-service.js';
import { IdempotencyKeyReusedError } from '../../event-sourcing/index.js';
import { actorOf } from '../access/actor.js';
import type { HttpRequest } from '../request/correlation.js';
import { REPLAYED_HEADER } from '../request/headers.js';
import { InvalidRequest } from '../request/invalid-request.error.js';
import { firstAnswerOf, RefusalOfRoute, storable } from './refusal-of-route.js';

/** Makes the first result of a route's method again, from the events that its command appended. */
export type Restore = (outcome: CallOutcome) => object;

interface CommandRequest extends HttpRequest {
  method: string;
  body?: unknown;
}

/** Runs a route with an `Idempotency-Key` once. A repeat gets the first answer, with a header that says so. */
export class RepeatedRequests {
  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  async once(
    key: string,
    execution: ExecutionContext,
    work: () => Promise<object>,
    restore: Restore,
  ): Promise<object> {
    const call = { key: ownKey(key, execution), fingerprint: this.fingerprintOf(execution) };
    try {
      const { result, isRepeat } = await this.keys.once(call, () => refusing(work), restore);
      if (isRepeat) this.markRepeat(execution);
      return result;
    } catch (error) {
      if (error instanceof RepeatedRefusal) this.markRepeat(execution);
      throw errorForClient(error, key);
    }
  }

  /** Two requests are the same when method, address, condition and body are; spaces in the body do not count. */
  private fingerprintOf(execution: ExecutionContext): string {
    const request = execution.switchToHttp().getRequest<CommandRequest>();
    const url: string = this.adapterHost.httpAdapter.getRequestUrl(request);
    const parts = [request.method, url, request.headers['if-match'] ?? null, request.body ?? null];
    return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  }

  private markRepeat(execution: ExecutionContext): void {
    this.adapterHost.httpAdapter.setHeader(execution.switchToHttp().getResponse(), REPLAYED_HEADER, 'true');
  }
}

async function refusing(work: () => Promise<object>): Promise<object> {
  try {
    return await work();
  } catch (error) {
    throw storable(error);
  }
}

/** @param key the key as the client sent it */
function errorForClient(error: unknown, key: string): unknown {
  if (error instanceof IdempotencyKeyReusedError) return new IdempotencyKeyReusedError(key);
  if (error instanceof RefusalOfRoute) return error.exception;
  return error instanceof RepeatedRefusal ? firstAnswerOf(error) : error;
}

/**
 * Each actor has its own keys, so no client gets the answer to another. A line break divides the two parts, because a
 * key has none.
 */
function ownKey(key: string, execution: ExecutionContext): string {
  const actor = actorOf(execution.switchToHttp().getRequest<HttpRequest>());
  return actor === undefined ? key : `${actor.subject}\n${key}`;
}

/** @throws InvalidRequest when the key is empty, longer than 255 characters or not printable ASCII */
export function idempotencyKeyOf({ headers }: HttpRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined || /^[\x20-\x7e]{1,255}$/.test(String(key))) return key as string | undefined;
  const message = 'Idempotency-Key must be 1 to 255 printable ASCII characters';
  throw new InvalidRequest([{ path: 'Idempotency-Key', message }]);
}
