import { describe, expect, it } from '@jest/globals';
import type { CallHandler, ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { defer, lastValueFrom } from 'rxjs';
import { setImmediate } from 'node:timers/promises';
import { MessageContext } from '../event-sourcing/index.js';
import { InvalidRequest } from './invalid-request.error.js';
import { MessageContextInterceptor } from './message-context.interceptor.js';

describe('the message context of a request', () => {
  const context = new MessageContext();

  /** Lets a route that answers with its message handle a request; gives the answer and the headers sent. */
  async function handle(headers: Record<string, string>) {
    const sent: Record<string, string> = {};
    const httpAdapter = { setHeader: (_: unknown, name: string, value: string) => (sent[name] = value) };
    const execution = { switchToHttp: () => ({ getRequest: () => ({ headers }), getResponse: () => ({}) }) };
    const route: CallHandler = {
      handle: () =>
        defer(async () => {
          await setImmediate();
          return context.current();
        }),
    };
    const interceptor = new MessageContextInterceptor(context, { httpAdapter } as unknown as HttpAdapterHost);
    const answer = interceptor.intercept(execution as ExecutionContext, route);
    return { message: await lastValueFrom(answer), sent };
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
