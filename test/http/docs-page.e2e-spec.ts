/** The pages for people, in a browser: their content, the lines in the console, and the effect of buttons. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { installedBrowser, openBrowser, WatchedPage } from '../support/browser/browser.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { pressEverything } from '../support/http/swagger-page.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const program = installedBrowser();
const inBrowser = program === undefined ? describe.skip : describe;
if (program === undefined) console.log('Skipped the pages in a browser: there is no chromium on the PATH.');

/** The operations that cannot succeed on a fresh service, each with the reason in its description. */
const CANNOT_SUCCEED: Record<string, [status: string, reason: RegExp]> = {
  cancelTimer: ['404', /not in the list of timers/],
  dropProjection: ['409', /not dropped while a process has it/],
  endProcess: ['404', /not in the list of processes/],
  getErasure: ['404', /id is that of the answer to the erasure/],
  moveTimer: ['404', /not in the list of timers/],
  releaseRebuild: ['409', /begun with `hold`, and not cancelled since/], // the operation before has cancelled it
  retryParkedKey: ['404', /not in the list of parked keys/],
  retryProcess: ['404', /not in the list of processes/],
  sendProcessInput: ['404', /not in the list of processes/],
  skipParkedKey: ['404', /not in the list of parked keys/],
};
/** 10 s for each of the 51 operations. One takes 0.8 s alone, and a multiple on a machine with other work. */
const PRESSED_WITHIN_MS = 510_000;
/** A browser reports each answer that is no success. */
const OF_A_STATUS = /Failed to load resource: the server responded with a status of (404|409) /;

inBrowser('the pages of a fresh service', () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let browser: Browser;
  beforeAll(async () => {
    database = await createTestDatabase();
    [service, browser] = await Promise.all([
      startServiceProcess({ DATABASE_URL: database.url }),
      openBrowser(program!),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await service.end('SIGTERM');
    await database.drop();
  });

  it(
    '/docs: Execute works as filled in, from the top to the bottom, wherever it can',
    async () => {
      const { body } = await service.api.get('/openapi.json');
      const operations = Object.values<Record<string, Operation>>(body.paths).flatMap((path) =>
        Object.values(path),
      );
      const docs = await WatchedPage.open(browser, `${service.api.url}/docs`);
      const feeds = operations.filter(isFeed);
      for (const { description } of feeds) expect(description).toMatch(/curl -N/);
      const idsOfFeeds = feeds.map(({ operationId }) => operationId);
      const pressed = await pressEverything(docs.page, idsOfFeeds);
      const failed = Object.entries(pressed).filter(([, status]) => !/^2\d\d$/.test(status));
      expect([...Object.keys(pressed), ...idsOfFeeds].toSorted()).toEqual(
        operations.map(({ operationId }) => operationId).toSorted(),
      );
      expect(Object.fromEntries(failed)).toEqual(
        Object.fromEntries(Object.entries(CANNOT_SUCCEED).map(([name, [status]]) => [name, status])),
      );
      for (const [name, [, reason]] of Object.entries(CANNOT_SUCCEED)) {
        expect(operations.find(({ operationId }) => operationId === name)!.description).toMatch(reason);
      }
      expect(docs.faults.filter((fault) => !OF_A_STATUS.test(fault))).toEqual([]);
      expect(docs.faults).toHaveLength(failed.length);
      expect(await docs.page.title()).toBe('Eventfold');
      expect(await docs.page.locator('.topbar, .authorization__btn, .auth-wrapper').count()).toBe(0);
      await docs.close();
    },
    PRESSED_WITHIN_MS,
  );

  it.each(['dark', 'light'] as const)('/: fits a telephone, in %s, without scripts', async (colorScheme) => {
    const start = await WatchedPage.open(browser, service.api.url, {
      colorScheme,
      viewport: { width: 360, height: 640 },
      javaScriptEnabled: false,
    });
    const { page } = start;
    expect(await page.title()).toBe('Eventfold');
    expect(await page.locator('html').evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(360);
    const [paper, ink] = await page.evaluate<[number, number]>(BRIGHTNESS);
    if (colorScheme === 'dark') expect(paper).toBeLessThan(ink);
    else expect(paper).toBeGreaterThan(ink);
    expect(await page.locator('pre').count()).toBe(3);
    for (const link of await page.locator('a').all()) {
      const path = (await link.getAttribute('href'))!;
      expect({ path, ...(await service.api.get(path)) }).toMatchObject({ path, status: 200 });
    }
    expect(await page.locator('a').first().getAttribute('href')).toBe('/docs');
    expect(start.faults).toEqual([]);
    await start.close();
  });
});

/** The brightness of paper and ink, from 0 to 255. */
const BRIGHTNESS = `(() => {
  const { backgroundColor, color } = getComputedStyle(document.body);
  return [backgroundColor, color].map((colour) => Number(/\\d+/.exec(colour)[0]));
})()`;

interface Operation {
  operationId: string;
  description?: string;
  responses: Record<string, { content?: object }>;
}

/** Whether the operation answers with a feed alone. */
const isFeed = ({ responses }: Operation) =>
  Object.keys(responses['200']?.content ?? {}).join() === 'text/event-stream';
