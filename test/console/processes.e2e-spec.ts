/** Processes in the console of a host: a stuck one is found, and is mended by hand. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConsoleModule } from '../../src/console/index.js';
import {
  EventSourcedRepository,
  getAggregatesToken,
  ProcessInstances,
} from '../../src/event-sourcing/index.js';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { eventually } from '../support/eventually.js';
import { CancelOrder, CHECKOUT, checkoutModule, Order } from '../support/hosts/checkout-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

inBrowser('processes in the console', () => {
  const pages = consolePages();
  let database: TestDatabase;
  let app: INestApplication;
  let isAway = true;

  beforeAll(async () => {
    database = await createTestDatabase();
    Logger.overrideLogger(false);
    const checkout = checkoutModule(database.url, {
      process: { retry: { for: '1ms' } },
      onPlaced: ({ data: { orderId } }, { execute }) => {
        if (orderId === 'stuck') execute(new CancelOrder(orderId, 'by hand'));
      },
      onCommand: () => {
        if (isAway) throw new Error('the <b>network</b> is away');
      },
    });
    const imports = [checkout, ConsoleModule.forRoot({ open: true })];
    app = await NestFactory.create({ module: class HostModule {}, imports }, { logger: false });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  const place = async (id: string) => {
    const order = new Order(id);
    order.place(500);
    await app.get<EventSourcedRepository<Order>>(getAggregatesToken(Order), { strict: false }).create(order);
  };
  const stateOf = async (key: string) => {
    const found = await app.get(ProcessInstances).list();
    return found.find((each) => each.key === key)?.state;
  };
  const open = async (path: string) => {
    const { port } = app.getHttpServer().address() as { port: number };
    return pages.open(`http://127.0.0.1:${port}/console/${path}`);
  };

  it('are listed, and there are none at first', async () => {
    const page = await open('processes');
    await page.getByText('There is no process').waitFor();
    await place('waits');
    await eventually(async () => expect(await stateOf('waits')).toBe('running'));
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByRole('row', { name: /waits.*running/ }).waitFor();
    await page.getByLabel('State').selectOption('Stuck');
    await page.getByText('No process is stuck').waitFor();
    expect(await page.title()).toBe('Processes · Eventfold');
  });

  it('that are stuck are found from the overview, and are retried', async () => {
    await place('stuck');
    await eventually(async () => expect(await stateOf('stuck')).toBe('stuck'));
    const page = await open('');
    await page.getByText('Processes are stuck').waitFor();
    await page.getByRole('link', { name: 'Look' }).click();
    const row = page.getByRole('row', { name: /stuck/ }).filter({ hasText: 'the <b>network</b> is away' });
    isAway = false;
    await row.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await eventually(async () => expect(await stateOf('stuck')).toBe('ended'));
  });

  it('are sent an event, or ended, with a reason', async () => {
    await place('sent');
    await place('ends');
    await eventually(async () => expect(await stateOf('sent')).toBe('running'));
    await eventually(async () => expect(await stateOf('ends')).toBe('running'));
    const page = await open('processes');
    await page.getByRole('row', { name: /^sent/ }).getByRole('button', { name: 'Send' }).click();
    await page.getByLabel('Type of the event').fill('order.payed');
    await page.getByLabel('Data').fill('{"orderId": ');
    await page.getByLabel('Reason').fill('paid in cash');
    expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
    await page.getByLabel('Data').fill('{"orderId": "sent"}');
    pages.expectFault(/400/);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('checkout does not handle "order.payed"').waitFor();
    await page.getByLabel('Type of the event').fill('order.paid');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await eventually(async () => expect(await stateOf('sent')).toBe('ended'));
    await page.getByRole('row', { name: /^ends/ }).getByRole('button', { name: /^End/ }).click();
    await page.getByLabel('Reason').fill('a test');
    await page.getByRole('button', { name: 'End the process' }).click();
    await eventually(async () => expect(await stateOf('ends')).toBe('ended'));
    const operations = await database.query('select act, parameters from eventfold.operations order by id');
    expect(operations).toMatchObject([
      { act: 'retry-process', parameters: { key: 'stuck' } },
      { act: 'send-input', parameters: { projection: CHECKOUT, key: 'sent', reason: 'paid in cash' } },
      { act: 'send-input', parameters: { projection: CHECKOUT, key: 'sent', reason: 'paid in cash' } },
      { act: 'end-process', parameters: { key: 'ends', reason: 'a test' } },
    ]);
  });
});
