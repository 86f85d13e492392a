import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ForbiddenException } from '@nestjs/common';
import { EventStore, MessageContext } from '../../src/event-sourcing/index.js';
import {
  CancelOrder,
  CHECKOUT,
  OrderPlaced,
  OrderRefused,
  type CheckoutHost,
  type CheckoutHostOptions,
  startCheckoutHost,
  steppedTo,
} from '../support/hosts/checkout-host.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('a process', () => {
  let database: TestDatabase;
  let hosts: CheckoutHost[];

  beforeEach(async () => {
    database = await createTestDatabase();
    hosts = [];
  });
  afterEach(async () => {
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const start = async (options: CheckoutHostOptions = {}) => {
    const host = await startCheckoutHost(database, options);
    hosts.push(host);
    return host;
  };
  const streamOf = async (host: CheckoutHost, key: string) =>
    (await host.store.readStream(`checkout-${key}`)).map(({ type, data }) => ({ type, ...(data as any) }));
  const timers = () =>
    database.query<any>(`select name, key, state, due_at from eventfold.timers order by key, name`);
  const commands = () =>
    database.query<any>(
      `select key, command, data, state, attempts, error from eventfold.process_commands order by key`,
    );

  it('records each input, with what it decided, in a stream of its own', async () => {
    const host = await start();
    await steppedTo(host, await host.place('a'));
    const [placed] = await host.store.readStream('order-a');
    expect(await host.store.readStream('checkout-a')).toMatchObject([
      {
        type: 'process.stepped',
        data: {
          process: CHECKOUT,
          key: 'a',
          step: 1,
          input: { eventId: placed!.eventId, type: 'order.placed', position: placed!.position },
          state: { status: 'open', refusals: [] },
          commands: [],
          timers: [
            { name: 'payment-due', dueAt: new Date(placed!.timestamp.getTime() + 3_600_000).toJSON() },
          ],
        },
        metadata: { correlationId: placed!.metadata.correlationId, causationId: placed!.eventId },
      },
    ]);
    expect(await timers()).toMatchObject([{ name: 'payment-due', key: 'a', state: 'pending' }]);
    expect(await host.instances.list()).toMatchObject([
      { name: CHECKOUT, key: 'a', state: 'running', step: 1 },
    ]);
  });

  it('keeps its state from step to step, cancels its timers and appends when it ends, in the same transaction', async () => {
    const host = await start();
    await host.place('a');
    await steppedTo(host, await host.pay('a'));
    expect(await streamOf(host, 'a')).toMatchObject([
      { step: 1, state: { status: 'open' } },
      { step: 2, state: { status: 'paid' }, waiting: {}, ended: true },
    ]);
    expect(await host.store.readStream('notes-a')).toMatchObject([
      { type: 'checkout.noted', data: { orderId: 'a', note: 'paid' } },
    ]);
    expect(await timers()).toMatchObject([{ state: 'cancelled' }]);
    expect(await host.instances.list()).toMatchObject([
      { key: 'a', state: 'ended', step: 2, nextTimerAt: null },
    ]);
  });

  it('handles many keys in one turn as one by one, and passes over what comes after its end', async () => {
    const writer = await start({ projections: false });
    const keys = Array.from({ length: 50 }, (_, number) => `k${number}`);
    for (const key of keys) await writer.place(key);
    for (const key of keys) await writer.pay(key);
    const last = (
      await writer.store.appendToStream('order-k0', 'any', [
        { type: 'order.cancelled', data: { orderId: 'k0' } },
      ])
    ).position;
    const host = await start({ process: { startsAt: 'beginning' } });
    await steppedTo(host, last);
    const steps = await database.query<{ key: string; steps: number }>(
      `select event_data ->> 'key' as key, count(*)::integer as steps from eventfold.events
        where event_type = 'process.stepped' group by 1`,
    );
    expect(steps).toHaveLength(50);
    expect(steps.every((each) => each.steps === 2)).toBe(true);
  });

  it('sends a command once, in the message of its chain, and hears of what came of it', async () => {
    const heard: unknown[] = [];
    const host = await start({
      onPlaced: (_, { key, execute }) => execute(cancel(key)),
      onCommand: (command, context: MessageContext) =>
        void heard.push({ ...(command as object), ...context.current() }),
    });
    await host.place('a');
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([{ state: 'ended', commands: 0 }]),
    );
    const [placed, cancelled] = await host.store.readStream('order-a');
    const [first] = await host.store.readStream('checkout-a');
    const chain = { correlationId: placed!.metadata.correlationId, causationId: first!.eventId };
    expect(heard).toEqual([{ orderId: 'a', reason: 'now', ...chain }]);
    expect(cancelled).toMatchObject({ type: 'order.cancelled', metadata: chain });
    expect(await commands()).toEqual([]);
  });

  it('is told that a command was refused', async () => {
    const host = await start({ onPlaced: (_, { key, execute }) => execute(cancel(`${key}-of-nobody`)) });
    await host.place('a');
    await eventually(async () =>
      expect((await streamOf(host, 'a')).at(-1)).toMatchObject({
        step: 2,
        input: { type: 'process.command-refused' },
        state: { refusals: ['order.not-found'] },
      }),
    );
    expect((await streamOf(host, 'a'))[1]).toMatchObject({
      type: 'process.command-refused',
      command: 'cancel-order',
      kind: 'not-found',
      data: { orderId: 'a-of-nobody' },
    });
    expect(await commands()).toEqual([]);
  });

  it('is stuck when a refusal is not handled; all other keys go on, and an operator mends it', async () => {
    let isBroken = true;
    const host = await start({
      handlesRefusals: false,
      onPlaced: (_, { key, execute }) => execute(cancel(key)),
      onCommand: ({ orderId }) => {
        if (orderId === 'a' && isBroken) throw new OrderRefused('not yours');
      },
    });
    await host.place('a');
    await host.place('b');
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([
        { key: 'a', state: 'stuck', reason: 'The command "cancel-order" has failed: not yours', commands: 1 },
        { key: 'b', state: 'ended' },
      ]),
    );
    expect(await host.instances.list({ state: 'stuck' })).toMatchObject([{ key: 'a' }]);
    isBroken = false;
    await host.instances.retry(CHECKOUT, 'a');
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([{ state: 'ended' }, { state: 'ended' }]),
    );
    await expect(host.instances.retry(CHECKOUT, 'a')).rejects.toMatchObject({ code: 'process.not-stuck' });
    await expect(host.instances.retry(CHECKOUT, 'c')).rejects.toMatchObject({ code: 'process.not-found' });
  });

  it('whose command fails after it has appended has its events once, and goes on', async () => {
    const failed: string[] = [];
    const host = await start({
      onPlaced: (_, { key, execute }) => execute(cancel(key)),
      afterCommand: ({ orderId }) => {
        failed.push(orderId);
        throw new Error('the mail server is away');
      },
    });
    await host.place('a');
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([{ state: 'ended', commands: 0 }]),
    );
    expect(failed).toEqual(['a']);
    expect((await host.store.readStream('order-a')).map(({ type }) => type)).toEqual([
      'order.placed',
      'order.cancelled',
    ]);
  });

  it('whose command appends a second time is stuck with the reason: the next try would not make up for it', async () => {
    const host = await start({
      onPlaced: (_, { key, execute }) => execute(cancel(key)),
      onCommand: async ({ orderId }) => {
        const noted = { type: 'checkout.noted', data: { orderId, note: 'first' } };
        await host.store.appendToStream('notes-first', 'any', [noted]);
      },
    });
    await host.place('a');
    await eventually(async () =>
      expect(await host.instances.list({ state: 'stuck' })).toMatchObject([
        { key: 'a', reason: expect.stringContaining('appended already, and appends again') },
      ]),
    );
    expect(await host.store.readStream('order-a')).toHaveLength(1);
  });

  it('whose command appends in a message of its own has its events once', async () => {
    let tries = 0;
    const host = await start({
      onPlaced: (_, { key, execute }) => execute(cancel(key)),
      onCommand: async ({ orderId }, context) => {
        const noted = { type: 'checkout.noted', data: { orderId, note: 'alone' } };
        const message = { correlationId: 'own', causationId: 'own' };
        await context.run(message, () => host.store.appendToStream('notes-own', 'any', [noted]));
        if (++tries === 1) throw new Error('the network is away');
      },
    });
    await host.place('a');
    await eventually(() => expect(tries).toBe(1));
    await eventually(async () => expect(await commands()).toEqual([]));
    expect(await host.store.readStream('notes-own')).toMatchObject([{ metadata: { correlationId: 'own' } }]);
  });

  it('parks an event with an empty key under its stream, where an operator can skip it', async () => {
    const host = await start({ onPlaced: () => undefined });
    await host.store.appendToStream('order-none', 'any', [
      { type: 'order.placed', data: { orderId: '', cents: 1 } },
    ]);
    await eventually(async () =>
      expect(await host.instances.list({ state: 'stuck' })).toMatchObject([{ key: 'order-none', step: 0 }]),
    );
    await host.operations.skip(CHECKOUT, 'order-none');
    await eventually(async () => expect(await host.instances.list()).toEqual([]));
  });

  it('is told of a refusal by an HttpException of the host', async () => {
    const host = await start({
      onPlaced: (_, { key, execute }) => execute(cancel(key)),
      onCommand: () => {
        throw new ForbiddenException('not yours');
      },
    });
    await host.place('a');
    await eventually(async () =>
      expect((await streamOf(host, 'a')).at(-1)).toMatchObject({
        step: 2,
        state: { refusals: ['http-403'] },
      }),
    );
  });

  it('whose command fails is tried again with pauses, in order, while other keys go on', async () => {
    let failures = 0;
    const host = await start({
      onPlaced: (_, { key, execute }) => execute(cancel(key)),
      onCommand: ({ orderId }) => {
        if (orderId === 'a' && failures++ < 3) throw new Error('the network is away');
      },
    });
    await host.place('a');
    await host.place('b');
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([{ state: 'ended' }, { state: 'ended' }]),
    );
    expect(failures).toBe(4);
    expect((await host.store.readStream('order-a')).map(({ type }) => type)).toEqual([
      'order.placed',
      'order.cancelled',
    ]);
  });

  it('whose command fails for longer than declared is stuck, until an operator ends it', async () => {
    const host = await start({
      process: { retry: { for: '100ms' } },
      onPlaced: (_, { key, execute }) => execute(cancel(key)),
      onCommand: () => {
        throw new Error('the network is away');
      },
    });
    await host.place('a');
    await eventually(async () =>
      expect(await host.instances.list({ state: 'stuck' })).toMatchObject([
        { key: 'a', reason: 'The command "cancel-order" has failed: the network is away' },
      ]),
    );
    await host.instances.end(CHECKOUT, 'a', { reason: 'done by hand' });
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([{ state: 'ended', commands: 0, nextTimerAt: null }]),
    );
    expect((await streamOf(host, 'a')).slice(1)).toMatchObject([
      { type: 'process.end-requested', reason: 'done by hand' },
      { type: 'process.stepped', step: 2, ended: true },
    ]);
    await expect(host.instances.end(CHECKOUT, 'a')).rejects.toMatchObject({ code: 'process.ended' });
    const operations = await database.query<any>(
      'select act, outcome, detail from eventfold.operations order by id',
    );
    expect(operations).toEqual([
      { act: 'end-process', outcome: 'done', detail: 'Commands dropped: 1' },
      { act: 'end-process', outcome: 'refused', detail: 'checkout a has ended already.' },
    ]);
  });

  it('whose code throws parks its key alone, is stuck, and goes on after a retry', async () => {
    let isBroken = true;
    const host = await start({
      turns: { attempts: 2, retryDelayMs: 5 },
      onPlaced: ({ data }) => {
        if (data.orderId === 'a' && isBroken) throw new Error('no such currency');
      },
    });
    await host.place('a');
    await host.place('b');
    await host.pay('a');
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([
        { key: 'a', state: 'stuck', step: 0, reason: expect.stringContaining('no such currency') },
        { key: 'b', state: 'running' },
      ]),
    );
    await expect(host.instances.end(CHECKOUT, 'a')).rejects.toMatchObject({ code: 'process.parked' });
    isBroken = false;
    expect(await host.instances.retry(CHECKOUT, 'a')).toMatchObject({ state: 'ended', step: 2 });
  });

  it('takes an event by hand as if the log had it, once, and nobody else sees it', async () => {
    const host = await start();
    await steppedTo(host, await host.place('a'));
    const sent = await host.instances.send(
      CHECKOUT,
      'a',
      { type: 'order.paid', data: { orderId: 'a' } },
      { reason: 'paid in cash' },
    );
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([{ state: 'ended', step: 2 }]),
    );
    expect((await streamOf(host, 'a')).slice(1)).toMatchObject([
      {
        type: 'process.input-sent',
        input: { type: 'order.paid', schemaVersion: 1, data: { orderId: 'a' } },
        reason: 'paid in cash',
      },
      {
        type: 'process.stepped',
        input: { eventId: sent.eventId, type: 'order.paid' },
        state: { status: 'paid' },
      },
    ]);
    expect(await host.store.readStream('order-a')).toHaveLength(1);
    const operations = await database.query<any>('select act, parameters, outcome from eventfold.operations');
    const parameters = { projection: CHECKOUT, key: 'a', type: 'order.paid', reason: 'paid in cash' };
    expect(operations).toEqual([{ act: 'send-input', outcome: 'done', parameters }]);
    const again = host.instances.send(CHECKOUT, 'a', { type: 'order.paid', data: { orderId: 'a' } });
    await expect(again).rejects.toMatchObject({ code: 'process.ended' });
  });

  it('is started by an event by hand that starts one, and by no other', async () => {
    const host = await start({ process: { startsOn: [OrderPlaced] } });
    const paid = { type: 'order.paid', data: { orderId: 'a' } };
    await expect(host.instances.send(CHECKOUT, 'a', paid)).rejects.toMatchObject({
      code: 'process.not-found',
    });
    await host.instances.send(CHECKOUT, 'a', { type: 'order.placed', data: { orderId: 'a', cents: 1 } });
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([{ key: 'a', state: 'running', step: 1 }]),
    );
  });

  it.each([
    ['an event that it does not handle', { type: 'checkout.noted', data: {} }, 'process.invalid-input'],
    ['an event of Eventfold', { type: 'process.end-requested', data: {} }, 'process.invalid-input'],
    [
      'an event about another process',
      { type: 'order.paid', data: { orderId: 'b' } },
      'process.invalid-input',
    ],
    ['an event about no process', { type: 'order.paid', data: {} }, 'process.invalid-input'],
    [
      'data that the log could not give back',
      { type: 'order.paid', data: { orderId: 'a', at: '\0' } },
      'invalid-append',
    ],
  ])('refuses %s by hand', async (_, input, code) => {
    const host = await start();
    await steppedTo(host, await host.place('a'));
    await expect(host.instances.send(CHECKOUT, 'a', input)).rejects.toMatchObject({ code });
    expect(await streamOf(host, 'a')).toHaveLength(1);
  });

  it('that stands still for longer than declared is stuck', async () => {
    const held = gate();
    const host = await start({
      process: { stuckAfter: '50ms' },
      onPlaced: (_, { key, execute, cancel: drop }) => {
        drop('payment-due');
        execute(cancel(key));
      },
      onCommand: () => held.wait(),
    });
    await host.place('a');
    await eventually(async () =>
      expect(await host.instances.list({ state: 'stuck' })).toMatchObject([
        { key: 'a', reason: 'It had no step for longer than declared' },
      ]),
    );
    held.open();
    await eventually(async () => expect(await host.instances.list()).toMatchObject([{ state: 'ended' }]));
  });

  it('is told that a timer is due, once, and what was cancelled is no input', async () => {
    const host = await start({ deadline: '300ms' });
    await host.place('a');
    await host.place('b');
    await host.pay('b');
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([
        { key: 'a', state: 'ended', step: 3 },
        { key: 'b', state: 'ended', step: 2 },
      ]),
    );
    expect((await streamOf(host, 'a')).map(({ type, input }) => input?.type ?? type)).toEqual([
      'order.placed',
      'process.timer-due',
      'process.timer-due',
      'order.cancelled',
    ]);
    expect((await host.store.readStream('order-b')).map(({ type }) => type)).toEqual([
      'order.placed',
      'order.paid',
    ]);
  });

  it('has one key for its events and its timers, also in partitions', async () => {
    const host = await start({ deadline: '50ms', process: { partitions: 4 } });
    const keys = Array.from({ length: 5 }, (_, number) => `${number}${'x'.repeat(400)}`);
    for (const key of keys) await host.place(key);
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject(
        keys.map((key) => ({ key, state: 'ended', step: 3 })),
      ),
    );
    const cancelled = await host.store.readAll({ types: ['order.cancelled'] });
    const ids = cancelled.map(({ data }) => String((data as any).orderId));
    expect(new Set(ids)).toEqual(new Set(keys));
  });

  it('parks a key that is too long to be stored: its timers and commands would be about another', async () => {
    const host = await start({ onPlaced: (_, { key, execute }) => execute(cancel(key)) });
    const key = 'x'.repeat(501);
    await host.place(key);
    await host.place('a');
    await eventually(async () =>
      expect(await host.instances.list()).toMatchObject([
        { key: 'a', state: 'ended' },
        { state: 'stuck', step: 0, commands: 0, reason: expect.stringContaining('at most 500 characters') },
      ]),
    );
    const input = { type: 'order.placed', data: { orderId: key, cents: 1 } };
    await expect(host.instances.send(CHECKOUT, key, input)).rejects.toMatchObject({
      code: 'process.invalid-input',
      message: expect.stringContaining('at most 500 characters'),
    });
  });

  it('appends nothing and steps nothing when its turn is rolled back', async () => {
    let tries = 0;
    const host = await start({
      turns: { attempts: 5, retryDelayMs: 5 },
      onPlaced: (_, step) => {
        step.append('notes-a', { type: 'checkout.noted', data: { orderId: 'a', note: 'placed' } });
        if (++tries < 3) throw new Error('not yet');
      },
    });
    await steppedTo(host, await host.place('a'));
    expect(tries).toBe(3);
    expect(await host.store.readStream('notes-a')).toHaveLength(1);
    expect(await streamOf(host, 'a')).toHaveLength(1);
    expect(host.app.get(EventStore)).toBe(host.store);
  });
});

const cancel = (orderId: string) => new CancelOrder(orderId, 'now');
