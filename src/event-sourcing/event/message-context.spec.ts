import { describe, expect, it } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import type { ResolvedOptions } from '../options.js';
import { IdempotentCall } from './idempotent-call.js';
import { MessageContext, startOfChain } from './message-context.js';

describe('the message context', () => {
  const context = new MessageContext();

  it('is the message of the running call, also after an await', async () => {
    const message = startOfChain('request-1', 'ada');
    const seen = await context.run(message, async () => {
      await setImmediate();
      return context.current();
    });
    expect(seen).toBe(message);
  });

  it('keeps concurrent calls apart', async () => {
    const call = (id: string) =>
      context.run(startOfChain(id), async () => {
        await setImmediate();
        return context.current().correlationId;
      });
    await expect(Promise.all([call('a'), call('b'), call('c')])).resolves.toEqual(['a', 'b', 'c']);
  });

  it('lets a call inside a call have a message of its own', () => {
    context.run(startOfChain('outer'), () => {
      context.run(startOfChain('inner'), () => expect(context.current().correlationId).toBe('inner'));
      expect(context.current().correlationId).toBe('outer');
    });
  });

  it('keeps the running call in a message of its own, and not one that is over', () => {
    const store = {} as ResolvedOptions;
    const call = new IdempotentCall(store, 'key', 'print');
    context.runCall(call, () => {
      context.run(startOfChain('inner'), () => expect(context.currentCall(store)).toBe(call));
      call.isOver = true;
      context.run(startOfChain('job'), () => expect(context.currentCall(store)).toBeUndefined());
    });
  });

  it('is reused within one request, with the newest message of that request', () => {
    context.run(startOfChain('request'), () => {
      context.runOnce(startOfChain('request', 'ada'), () => undefined);
      expect(context.current().userId).toBe('ada');
      context.runOnce(startOfChain('other'), () => expect(context.current().correlationId).toBe('other'));
      expect(context.current().correlationId).toBe('request');
    });
    context.runOnce(startOfChain('alone'), () => expect(context.current().correlationId).toBe('alone'));
    expect(context.running()).toBeUndefined();
  });

  it('returns the result of the work, and ends with it', () => {
    expect(context.run(startOfChain('a'), () => 42)).toBe(42);
    expect(context.current().correlationId).not.toBe('a');
  });

  it('is a new chain each time outside of any call, its own cause and without an actor', () => {
    const [one, other] = [context.current(), context.current()];
    expect(one).toEqual({ correlationId: one.correlationId, causationId: one.correlationId });
    expect(one.correlationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(other.correlationId).not.toBe(one.correlationId);
  });
});

describe('the start of a chain', () => {
  it('is its own cause, and names the actor where one is known', () => {
    expect(startOfChain('c', 'ada')).toStrictEqual({ correlationId: 'c', causationId: 'c', userId: 'ada' });
    expect(startOfChain('c')).toStrictEqual({ correlationId: 'c', causationId: 'c' });
  });
});
