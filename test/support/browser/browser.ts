import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { PATIENCE_MS } from '../patience.js';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];
/** The browser talks only to the service. It has no sandbox, which root may not have. */
const OPTIONS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The page itself has ended such a request: it has gone to another view. */
const ABORTED = 'net::ERR_ABORTED';

/** The Chromium of the system's packages, if there is one. */
export const installedBrowser = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => PROGRAMS.map((program) => join(folder, program)))
    .find((file) => existsSync(file));

/** A browser without a window, with a profile of its own that is thrown away. */
export const openBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: OPTIONS });

/** A page with its faults: errors that it wrote or threw, and requests that failed. */
export class WatchedPage {
  readonly faults: string[] = [];

  private constructor(readonly page: Page) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('requestfailed', (request) => {
      if (request.failure()?.errorText === ABORTED) return;
      this.faults.push(`no answer: ${request.url()}`);
    });
  }

  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<WatchedPage> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    const watched = new WatchedPage(await context.newPage());
    await watched.page.goto(url);
    return watched;
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
