/** What operators do to process managers, and what they see of one that does not get on. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CommandHandler, EventsHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Process, ProcessManager, TimerOperations } from '../../src/event-sourcing/index.js';
import {
  CancelOrder,
  CHECKOUT,
  type CheckoutHost,
  type CheckoutHostOptions,
  OrderPlaced,
  startCheckoutHost,
  steppedTo,
} from '../support/hosts/checkout-host.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Most commands of a process manager that a process carries out at once. */
const AT_ONCE = 16;

describe('a process manager', () => {
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

  it('has its processes, commands and timers dropped with it, and the others keep theirs', async () => {
    const old = await start({
      process: { name: 'old-checkout' },
      onPlaced: (_, { key, execute }) => execute(new CancelOrder(key, 'now')),
      onCommand: () => {
        throw new Error('the network is away');
      },
    });
    await old.place('a');
    await eventually(async () => expect(await old.instances.list()).toMatchObject([{ commands: 1 }]));
    await old.stop();
    const host = await start();
    await steppedTo(host, await host.place('b'));
    await host.operations.drop('old-checkout');
    expect(await host.instances.list()).toMatchObject([{ name: CHECKOUT, key: 'b', state: 'running' }]);
    expect(await database.query('select id from eventfold.process_commands')).toEqual([]);
    expect(await database.query('select process, state from eventfold.timers order by process')).toEqual([
      { process: CHECKOUT, state: 'pending' },
      { process: 'old-checkout', state: 'cancelled' },
    ]);
    expect(await host.store.readStream('old-checkout-a')).toHaveLength(1);
  });

  it('whose commands all hang holds up no other one, and is listed as stuck with the time', async () => {
    const held = gate();
    const welcomed: string[] = [];
    const host = await start({
      process: { retry: { for: '1s' } },
      onPlaced: (_, { key, execute }) => execute(new CancelOrder(key, 'now')),
      onCommand: () => held.wait(),
      providers: [Welcome, greeterOf(welcomed)],
    });
    try {
      const keys = Array.from({ length: AT_ONCE + 4 }, (_, number) => `o${number + 10}`);
      for (const key of keys) await host.place(key);
      await eventually(() => expect(welcomed.toSorted()).toEqual(keys));
      await eventually(async () => {
        const stuck = await host.instances.list({ state: 'stuck' });
        expect(stuck.map(({ name, key }) => [name, key])).toEqual(keys.map((key) => [CHECKOUT, key]));
        const reason =
          /^The command "cancel-order" is due since \d{4}-\S+Z, and not carried out: its handler hangs/;
        for (const each of stuck) expect(each.reason).toMatch(reason);
      });
    } finally {
      held.open();
    }
    await eventually(async () =>
      expect(await host.instances.list({ name: CHECKOUT, state: 'ended' })).toHaveLength(AT_ONCE + 4),
    );
  });

  it('is told when a timer is due that an operator has moved', async () => {
    const seen: Date[] = [];
    const host = await start({
      providers: [
        processOf({
          'order.placed': (_, { schedule }) => schedule('late', { in: '1h' }),
          late: ({ dueAt }) => void seen.push(dueAt),
        }),
      ],
    });
    await host.place('a');
    const timers = () =>
      database.query<{ id: string }>("select id from eventfold.timers where process = 'watch'");
    await eventually(async () => expect(await timers()).toHaveLength(1));
    const [timer] = await timers();
    const to = new Date(Date.now() - 1_000);
    await host.app.get(TimerOperations).move(timer!.id, to);
    await eventually(() => expect(seen).toEqual([to]));
  });

  it('with the name of the streams of an aggregate is refused at the start: it would write into them', async () => {
    await expect(start({ process: { name: 'order' } })).rejects.toThrow(
      '@Process of Checkout: name is \'order\', and the streams "order-<id>" are those of Order: give the process',
    );
  });

  it('leaves a command that only another build knows to that build, and is stuck without it', async () => {
    const old = await start({
      process: { commands: { 'another-command': Greet }, retry: { for: '1s' } },
      providers: [greeterOf([])],
    });
    // As the newer build leaves it.
    await database.query(
      `insert into eventfold.process_commands (id, process, key, step, number, command, data, message)
       values (gen_random_uuid(), '${CHECKOUT}', 'b', 1, 1, 'cancel-order', '{"orderId": "b"}',
               '{"correlationId": "test", "causationId": "test"}')`,
    );
    await database.query(
      `insert into eventfold.process_instances (process, key, state, step, last_step)
       values ('${CHECKOUT}', 'b', 'running', 1, gen_random_uuid())`,
    );
    const reason = /"cancel-order" is due since .* its handler hangs, or no process has its code$/;
    await eventually(async () =>
      expect(await old.instances.list({ state: 'stuck' })).toMatchObject([
        { key: 'b', commands: 1, reason: expect.stringMatching(reason) },
      ]),
    );
    expect(await database.query('select attempts from eventfold.process_commands')).toEqual([
      { attempts: 0 },
    ]);
    const again = await start();
    await eventually(async () =>
      expect(await again.instances.list()).toMatchObject([{ key: 'b', state: 'running', commands: 0 }]),
    );
  });

  it('without @Process is refused at the start: it would never step', async () => {
    @EventsHandler(OrderPlaced)
    class Forgotten extends ProcessManager<object, OrderPlaced> {
      protected readonly initialState = {};
      protected readonly when = { 'order.placed': () => undefined };
    }
    await expect(start({ providers: [Forgotten] })).rejects.toThrow(
      'Forgotten extends ProcessManager and has no @Process: add @Process({ name, key }).',
    );
  });
});

class Greet {
  constructor(readonly orderId: string) {}
}

function greeterOf(greeted: string[]) {
  @CommandHandler(Greet)
  class Greeter implements ICommandHandler<Greet> {
    async execute({ orderId }: Greet): Promise<void> {
      greeted.push(orderId);
    }
  }
  return Greeter;
}

@Process({ name: 'welcome', key: 'orderId', commands: { greet: Greet } })
@EventsHandler(OrderPlaced)
class Welcome extends ProcessManager<object, OrderPlaced> {
  protected readonly initialState = {};
  protected readonly when = {
    'order.placed': (_: OrderPlaced, { key, execute, end }: any) => {
      execute(new Greet(key));
      end();
    },
  };
}

function processOf(when: Record<string, (input: any, step: any) => any>) {
  @Process({ name: 'watch', key: 'orderId' })
  @EventsHandler(OrderPlaced)
  class Watch extends ProcessManager<object, OrderPlaced, 'late'> {
    protected readonly initialState = {};
    protected readonly when = when as any;
  }
  return Watch;
}
