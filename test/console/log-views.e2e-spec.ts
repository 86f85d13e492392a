/** The log, a stream, a correlation and a row in the console. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import {
  EventStore,
  type Message,
  MessageContext,
  ProjectionProgress,
} from '../../src/event-sourcing/index.js';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const HOSTILE = '<img src=x onerror="document.title=1">\u202e</script>';

inBrowser('the console', () => {
  const pages = consolePages();
  const userId = randomUUID();
  const stream = `user-${userId}`;
  let service: TestService;
  let last: number;

  const changePlan = (plan: string, correlationId: string) =>
    service.api.post(
      `/users/${userId}/subscription`,
      { plan, paymentMethod: 'card' },
      { 'x-correlation-id': correlationId },
    );
  /** An event of a message that a request or another event has caused. */
  const append = (streamId: string, message: Message) =>
    service.app
      .get(MessageContext)
      .run(message, () =>
        service.app
          .get(EventStore)
          .appendToStream(streamId, 'any', [{ type: 'user.deactivated', data: { userId } }]),
      );
  const open = (path: string, options?: object) => pages.open(`${service.api.url}/console/${path}`, options);
  const isNarrow = async (page: Page) =>
    page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth');

  beforeAll(async () => {
    service = await startTestService();
    await service.api.post('/users', { userId, email: `${userId}@example.org`, name: HOSTILE });
    await changePlan('basic', 'checkout-1');
    last = (await changePlan('premium', 'checkout-2')).body.position;
    await service.app.get(ProjectionProgress).waitFor('user-profile', last, { withinMs: 20_000 });
  });
  afterAll(() => service.stop());

  it('shows events as they come, those of a filter alone, and none while it is paused', async () => {
    const page = await open(`log?type=user.subscribed`);
    const lines = page.locator('table.events tbody tr');
    await page.getByText('live', { exact: true }).waitFor();
    expect(await lines.count()).toBe(2);
    await changePlan('standard', 'checkout-3');
    await lines.nth(2).waitFor();
    await page.keyboard.press('p');
    await page.getByText('paused', { exact: true }).waitFor();
    await changePlan('basic', 'checkout-4');
    await page.getByRole('button', { name: 'Go on (1 new)' }).click();
    await lines.nth(3).waitFor();
    expect(await lines.first().innerText()).toContain('basic');
  });

  it('opens an event beside the list, by the keyboard, with links to what belongs to it', async () => {
    const page = await open(`log?at=${last}`);
    await page.locator('table.events button').first().focus();
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('complementary', { name: /^Event at/ });
    await sheet.getByText('"premium"').waitFor();
    await sheet.getByRole('link', { name: userId, exact: true }).first().waitFor();
    expect(await sheet.getByRole('link', { name: 'checkout-2' }).getAttribute('href')).toBe(
      'correlation?id=checkout-2',
    );
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('event=');
  });

  it('shows an event of a megabyte, and text that tries to be HTML', async () => {
    const id = `note-${randomUUID()}`;
    const data = {
      text: HOSTILE,
      large: 'x'.repeat(1_000_000),
      list: Array.from({ length: 500 }, (_, i) => i),
    };
    const { position } = await service.app
      .get(EventStore)
      .appendToStream(id, 'any', [{ type: 'user.deactivated', data }]);
    const page = await open(`log?at=${position}&event=${position}`, {
      viewport: { width: 360, height: 700 },
    });
    const sheet = page.getByRole('complementary');
    await sheet.getByText('onerror').first().waitFor();
    await sheet.getByRole('button', { name: /Show all 1,000,002 characters/ }).waitFor();
    expect(await page.title()).toBe('Log · Eventfold');
    expect(await isNarrow(page)).toBe(true);
  });

  it('shows the state of a stream after each version, and what changed between two', async () => {
    const page = await open(`stream?id=${stream}&v=3`, { colorScheme: 'dark' });
    await page.getByRole('heading', { name: 'User after version 3' }).waitFor();
    const changes = page.getByLabel('Changes', { exact: true });
    expect(await changes.innerText()).toMatch(/subscriptionPlan[\s\S]*"basic"[\s\S]*"premium"/);
    await page.keyboard.press('k');
    await page.getByRole('heading', { name: 'User after version 2' }).waitFor();
    await page.getByLabel('Version', { exact: true }).fill('3');
    await page.getByLabel('Since version').fill('1');
    await page.keyboard.press('Tab');
    await page.waitForURL(/since=1/);
    await changes.getByText('"free"').waitFor();
  });

  it('draws what one request caused', async () => {
    const page = await open('correlation?id=checkout-1');
    await page.getByRole('button', { name: 'user.subscribed' }).click();
    await page.getByRole('complementary').getByText('"basic"').waitFor();
    expect(await page.locator('.lanes circle').count()).toBe(1);
  });

  it('draws an arrow from each cause to its effect, in the lanes of their streams', async () => {
    const id = `order-${randomUUID()}`;
    const asked = await append(`asked-${id}`, { correlationId: id, causationId: id });
    const paid = await append(`paid-${id}`, { correlationId: id, causationId: asked.eventId });
    await append(`other-${id}`, { correlationId: id, causationId: id });
    await append(`asked-${id}`, { correlationId: id, causationId: paid.eventId });
    const page = await open(`correlation?id=${id}`);
    await page.getByText(`caused by ${asked.position}`).waitFor();
    await page.getByText(`caused by ${paid.position}`).waitFor();
    const dots = await page.evaluate<Point[]>(DOTS);
    const arrows = await page.evaluate<Point[][]>(ARROWS);
    expect(dots.map(({ x }) => dots.findIndex((dot) => dot.x === x))).toEqual([0, 1, 2, 0]);
    expect(arrows.map((ends) => ends.map((end) => dotAt(dots, end)))).toEqual([
      [0, 1],
      [1, 3],
    ]);
  });

  it('says why a row is so, as of which event, and rebuilds its key', async () => {
    const page = await open(`row?projection=user-profile&key=${userId}`);
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    await page.getByText('The whole log is searched.').waitFor();
    await page.getByRole('button', { name: 'subscription_plan' }).click();
    await page.waitForURL(/field=subscription_plan/);
    const steps = page.locator('.steps > li');
    expect(await steps.first().innerText()).toMatch(/"free"/);
    await steps.nth(1).getByRole('button', { name: 'Row after this' }).click();
    await page.getByRole('heading', { name: /^As of position/ }).waitFor();
    await page.getByRole('button', { name: 'Rebuild this key …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rebuild', exact: true }).click();
    await page.getByText('No row differed.').waitFor();
    await page.getByRole('button', { name: 'Show the rows' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it.each(['log', `stream?id=user-`, 'correlation?id=checkout-1', 'row?projection=user-profile&key='])(
    'fits %s into 360 px',
    async (path) => {
      const address = path.startsWith('stream')
        ? `stream?id=${stream}`
        : path.replace(/key=$/, `key=${userId}`);
      const page = await open(address, { viewport: { width: 360, height: 700 } });
      await page.locator('.panel h2').nth(0).waitFor();

      expect(await isNarrow(page)).toBe(true);
    },
  );

  it('says of a name that no address leads to, and ignores a position that is none', async () => {
    for (const path of ['row?projection=user-profile&key=..', 'stream?id=..', 'log?stream=.']) {
      const page = await open(path);
      await page.getByText('No address leads to this name').first().waitFor();
    }
    const page = await open('log?at=abc&event=0');
    await page.getByRole('heading', { name: 'Newest events' }).waitFor();
  });

  it('has the key of the address in the search of rows, after a step back as well', async () => {
    pages.expectFault(/404/); // nobody has the other key
    const page = await open(`row?projection=user-profile&key=${userId}`);
    const field = page.getByLabel('Key', { exact: true });
    await field.fill('another');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('heading', { name: 'another' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: userId }).waitFor();
    expect(await field.inputValue()).toBe(userId);
  });

  it.each([
    ['log?at=1', 'Position'],
    ['row?projection=user-profile&key=1', 'Key'],
  ])('has what the address of %s says in its fields at once, before the next paint', async (path, label) => {
    pages.expectFault(/404/); // nobody has the keys
    const page = await open(path);
    const field = page.getByLabel(label, { exact: true });
    await field.fill('2');
    await field.press('Enter');
    await page.waitForURL(/=2/);

    const shown = await page.evaluate(`new Promise((resolve) => {
      addEventListener('popstate', () => setTimeout(() => resolve(document.activeElement.value)));
      history.back();
    })`);

    expect(shown).toBe('1');
  });
});

interface Point {
  x: number;
  y: number;
}

const DOTS = `[...document.querySelectorAll('.lanes circle')].map((dot) => (
  { x: dot.cx.baseVal.value, y: dot.cy.baseVal.value }))`;
/** Where each arrow begins, and where its head is. */
const ARROWS = `[...document.querySelectorAll('.lanes path.arrow[marker-end]')].map((arrow) =>
  [0, arrow.getTotalLength()].map((at) => arrow.getPointAtLength(at)).map(({ x, y }) => ({ x, y })))`;

/** The number of the dot whose edge is at the point. */
const dotAt = (dots: Point[], { x, y }: Point): number =>
  dots.findIndex((dot) => Math.hypot(dot.x - x, dot.y - y) < 10);
