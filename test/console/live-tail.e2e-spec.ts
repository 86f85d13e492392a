/** The live tail of the log in the console, when more comes than a page can show. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { EventStore } from '../../src/event-sourcing/index.js';
import { ContentWatched } from '../../src/viewing/viewing.events.js';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const FLOOD = 10_000;
const BATCH = 1_000;
/** What a page shows at most: the newest events of the tail, and a page of those from before. */
const MOST_LINES = 500 + 100;
/** Characters of the event beside the list. */
const SHOWN = `document.querySelector('aside.sheet').textContent.length`;

inBrowser('the live tail of the console', () => {
  const pages = consolePages();
  let service: TestService;
  let store: EventStore;
  let page: Page;
  beforeAll(async () => {
    service = await startTestService();
    store = service.app.get(EventStore);
    await watched(150);
  });
  beforeEach(async () => {
    page = await pages.open(`${service.api.url}/console/log`);
    await page.getByText('live', { exact: true }).waitFor();
  });
  afterAll(() => service.stop());

  /** @returns the position of the last of so many events */
  async function watched(count: number): Promise<number> {
    const events = Array.from({ length: count }, (_, number) => {
      const contentId = `content ${number % 50}`;
      const data = { userId: randomUUID(), contentId, watchDurationSeconds: 60, completionPercentage: 9 };
      return { streamId: `content-${contentId}`, event: new ContentWatched(data) };
    });
    return (await store.appendEach(events)).at(-1)!.position;
  }
  async function flood(): Promise<number> {
    let last = 0;
    for (let sent = 0; sent < FLOOD; sent += BATCH) last = await watched(BATCH);
    return last;
  }
  const lines = () => page.locator('table.events tbody tr');
  const lineOf = (position: number) =>
    page.getByRole('button', { name: position.toLocaleString('en-US'), exact: true });

  it('shows the newest of 10,000 events, and says so, and still opens one', async () => {
    const last = await flood();
    await lineOf(last).waitFor();
    await page.getByText('The newest 500 events since this page was opened.').waitFor();
    expect(await lines().count()).toBeLessThanOrEqual(MOST_LINES);
    await lineOf(last).click();
    await page.getByRole('complementary', { name: /^Event at/ }).waitFor();
    const next = await watched(1);
    await lineOf(next).waitFor();
    expect(await lines().first().innerText()).toContain(next.toLocaleString('en-US'));
  });

  it('counts the 10,000 events that come while it is paused, and leaves the list as it is', async () => {
    const before = await lines().first().innerText();
    await page.getByRole('button', { name: 'Pause' }).click();
    const last = await flood();
    await page.getByRole('button', { name: 'Go on (10,000 new)' }).waitFor();
    expect(await lines().first().innerText()).toBe(before);
    await page.getByRole('button', { name: 'Go on (10,000 new)' }).click();
    await lineOf(last).waitFor();
    expect(await lines().count()).toBeLessThanOrEqual(MOST_LINES);
  });

  it('shows the beginning of an event of a megabyte, and the whole of it on demand', async () => {
    const data = { text: 'x'.repeat(1_000_000) };
    const events = [{ type: 'user.deactivated', data }];
    const { position } = await store.appendToStream(`note-${randomUUID()}`, 'no-stream', events);
    await lineOf(position).waitFor();
    expect((await lines().first().innerText()).length).toBeLessThan(1_000);
    await lineOf(position).click();
    const sheet = page.getByRole('complementary', { name: /^Event at/ });
    const whole = sheet.getByRole('button', { name: /Show all 1,000,002 characters/ });
    await whole.click();
    await whole.waitFor({ state: 'detached' });
    expect(await page.evaluate<number>(SHOWN)).toBeGreaterThan(1_000_000);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
  });
});
