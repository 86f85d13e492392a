/** Pages of the console. After each test, no page has had an error or a failed request, and axe-core finds nothing. */
import { afterAll, afterEach, beforeAll, describe, expect } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { installedBrowser, openBrowser, WatchedPage } from './browser.js';

const program = installedBrowser();
if (program === undefined) console.log('Skipped the console in a browser: there is no chromium on the PATH.');

/** `describe`, which is skipped where no browser is installed. */
export const inBrowser = (program === undefined ? describe.skip : describe) as typeof describe;

export interface ConsolePages {
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** A fault that this test provokes, such as an answer 404: others still fail it. */
  expectFault(pattern: RegExp): void;
  /** Checks the pages now and closes them, before the test stops what they talk to. */
  settle(): Promise<void>;
}

/** A browser for the tests of a file, and its pages for one test each. Call it inside of `inBrowser`. */
export function consolePages(): ConsolePages {
  let browser: Browser;
  let open: WatchedPage[] = [];
  let expected: RegExp[] = [];
  beforeAll(async () => {
    browser = await openBrowser(program!);
  });
  const settle = async () => {
    const [pages, patterns] = [open, expected];
    [open, expected] = [[], []];
    try {
      for (const { page } of pages) expect(await flawsOf(page)).toEqual([]);
      const faults = pages.flatMap((each) => each.faults);
      expect(faults.filter((fault) => !patterns.some((pattern) => pattern.test(fault)))).toEqual([]);
    } finally {
      for (const page of pages) await page.close();
    }
  };
  afterEach(settle);
  afterAll(() => browser.close());
  return {
    open: async (url, options) => {
      const watched = await WatchedPage.open(browser, url, options);
      open.push(watched);
      return watched.page;
    },
    expectFault: (pattern) => void expected.push(pattern),
    settle,
  };
}

/** Ends when nothing of the page changes its looks any more, but what does so for ever. */
const AT_REST = `Promise.all(document.getAnimations()
  .filter(({ effect }) => effect.getComputedTiming().iterations !== Infinity)
  .map(({ finished }) => finished.catch(() => undefined))).then(() => undefined)`;

/** What axe-core finds, each with the element. Playwright evaluates it in a way that no policy of a page forbids. */
async function flawsOf(page: Page): Promise<string[]> {
  await page.evaluate(AT_REST); // a colour between two has another contrast
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}
