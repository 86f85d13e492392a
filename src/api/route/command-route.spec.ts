import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { setImmediate } from 'node:timers/promises';
import { type IdempotencyKeys } from '../../event-sourcing/for-service.js';
import { MessageContext } from '../../event-sourcing/index.js';
import { CommandCalls } from './command-route.js';
import { CorrelationGuard } from '../request/correlation.guard.js';
import { InvalidRequest } from '../request/invalid-request.error.js';

describe('the message context of a command', () => {
  const context = new MessageContext();

  /** Handles a request by a route that answers with its message. Returns the answer and the sent headers. */
  async function handle(headers: Record<string, string>) {
    const sent: Record<string, string> = {};
    const httpAdapter = { setHeader: (_: unknown, name: string, value: string) => (sent[name] = value) };
    const adapterHost = { httpAdapter } as unknown as HttpAdapterHost;
    const request = { headers };
    const execution = {
      switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}) }),
    } as unknown as ExecutionContext;
    const route = async () => {
      await setImmediate();
      return context.current();
    };
    new CorrelationGuard(adapterHost).canActivate(execution);
    const call = new CommandCalls(context, adapterHost, {} as IdempotencyKeys).transform(execution);
    const message = await call.run(
      route,
      () => ({}),
      (result: object) => result,
    );
    return { message, sent };
  }

  it("carries the client's correlation id to the handler, as its own cause, and back", async () => {
    await expect(handle({ 'x-correlation-id': 'mine' })).resolves.toEqual({
      message: { correlationId: 'mine', causationId: 'mine' },
      sent: { 'X-Correlation-Id': 'mine' },
    });
  });

  it('carries one that is made up when the client sent none', async () => {
    const { message, sent } = await handle({});
    expect(message).toEqual({
      correlationId: sent['X-Correlation-Id'],
      causationId: sent['X-Correlation-Id'],
    });
  });

  it('keeps requests at the same time apart', async () => {
    const ids = ['a', 'b', 'c'];
    const handled = await Promise.all(ids.map((id) => handle({ 'x-correlation-id': id })));
    expect(handled.map(({ message }) => (message as { correlationId: string }).correlationId)).toEqual(ids);
  });

  it('does not let a request in whose id cannot be used', async () => {
    await expect(handle({ 'x-correlation-id': 'two words' })).rejects.toThrow(InvalidRequest);
  });
});
