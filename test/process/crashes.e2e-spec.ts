import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { scaled } from '../support/scale.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const INSTANCES = 3;
const ORDERS = Number(process.env.CHECKOUT_ORDERS ?? scaled(60, 2_000));
/** The pause from one order to the next, in ms. */
const BETWEEN = 150;
/** An instance is killed a second after the one before is back, as long as orders come, and this often at least. */
const KILL_EVERY = 1_000;
const KILLS = 3;
const DEADLINE = '1500ms';
const WITHIN = 120_000 + ORDERS * 500;

/**
 * Three instances of an application with a process manager, killed with SIGKILL again and again, while orders are
 * placed and half of them are paid, some of them about when their time is over. The commands append without any
 * condition.
 */
describe(`${ORDERS} processes, over three instances that are killed again and again`, () => {
  let database: TestDatabase;
  let children: ChildProcess[];
  let client: DataSource;
  let kills = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    children = await Promise.all(Array.from({ length: INSTANCES }, start));
    const placing = placeAll();
    await killUntil(placing);
    await placing;
  }, WITHIN);
  afterAll(async () => {
    await Promise.all(children.map(kill));
    await client.destroy();
    await database.drop();
  });

  async function start(): Promise<ChildProcess> {
    const script = join(import.meta.dirname, '../../dist/processes/checkout.js');
    const child = spawn(
      process.execPath,
      [script, JSON.stringify({ url: database.url, deadline: DEADLINE })],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    await once(child, 'message');
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async function killUntil(end: Promise<void>): Promise<void> {
    const orders = { come: true };
    void end.then(() => (orders.come = false));
    for (; orders.come || kills < KILLS; kills++) {
      await sleep(KILL_EVERY);
      const victim = kills % INSTANCES;
      await kill(children[victim]!);
      children[victim] = await start();
    }
  }

  /** By plain SQL: the clients of a shop are no part of the test. */
  async function append(orderId: string, expected: number, type: string): Promise<boolean> {
    const [row] = await client.query(`select * from eventfold.append_events($1, null)`, [
      JSON.stringify([
        {
          append: 0,
          stream_id: `order-${orderId}`,
          expected,
          event_id: crypto.randomUUID(),
          event_type: type,
          event_data: { orderId },
          metadata: { correlationId: orderId, causationId: orderId, schemaVersion: 1 },
        },
      ]),
    ]);
    return row.verdict === 'appended';
  }

  async function placeAll(): Promise<void> {
    const payments: Promise<unknown>[] = [];
    for (let number = 0; number < ORDERS; number++) {
      const orderId = `o${number}`;
      await append(orderId, 0, 'order.placed');
      // Each fourth one pays at once, and each fourth one at about the end of its time: either side may win.
      if (number % 4 === 0) payments.push(append(orderId, 1, 'order.paid'));
      if (number % 4 === 1) payments.push(sleep(1_500).then(() => append(orderId, 1, 'order.paid')));
      await sleep(BETWEEN);
    }
    await Promise.all(payments);
  }

  const query = <Row extends object>(text: string) => database.query<Row>(text);

  it(
    'have each order paid and shipped, or cancelled and told, once',
    async () => {
      await eventually(async () => {
        const left = await query(
          `select key, state from eventfold.process_instances where state = 'running'
            union all select key, command from eventfold.process_commands
            union all select key, error from eventfold.parked_keys`,
        );
        expect(left).toEqual([]);
      }, WITHIN);
      const ends = await query<{ types: string; orders: number }>(
        `select types, count(*)::integer as orders from (
           select event_data ->> 'orderId' as id, string_agg(event_type, ' ' order by global_position) as types
             from eventfold.events where event_type not like 'process.%' group by 1) o group by 1 order by 1`,
      );
      expect(ends.map(({ types }) => types)).toEqual([
        'order.placed order.cancelled customer.told',
        'order.placed order.paid order.shipped',
      ]);
      expect(ends.reduce((sum, { orders }) => sum + orders, 0)).toBe(ORDERS);
    },
    WITHIN,
  );

  it('have each input stepped once, and each command with one outcome', async () => {
    const twice = await query(
      `select event_data -> 'input' ->> 'eventId' as input from eventfold.events where event_type = 'process.stepped'
        group by 1 having count(*) > 1`,
    );
    expect(twice).toEqual([]);
    const [sent] = await query<{ sent: number; kept: number; refused: number }>(
      `select (select count(*)::integer from eventfold.events e, jsonb_array_elements(event_data -> 'commands')
                where event_type = 'process.stepped') as sent,
              (select count(*)::integer from eventfold.idempotency_keys where key like 'process:%') as kept`,
    );
    expect(sent!.kept).toBe(sent!.sent);
    const gaps = await query(
      `select count(*)::integer as events, max(global_position)::integer as last from eventfold.events`,
    );
    expect(gaps).toEqual([{ events: (gaps[0] as any).last, last: (gaps[0] as any).last }]);
  });
});
