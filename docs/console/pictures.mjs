/**
 * Takes pictures of the views of a running console, light and dark, into this folder.
 *
 *   node docs/console/pictures.mjs http://127.0.0.1:3000/console [view ...]
 */
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const VIEWS = ['overview', 'projections', 'projection?name=user-profile', 'parked', 'operations'];
const SIZE = { width: 1280, height: 800 };
/** Charts have drawn their first lines by then, in ms. */
const SETTLED_MS = 3_000;

const [address, ...named] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const colorScheme of ['light', 'dark']) {
  const page = await browser.newPage({ viewport: SIZE, colorScheme });
  for (const view of named.length > 0 ? named : VIEWS) {
    await page.goto(`${address}/${view}`);
    await page.waitForTimeout(SETTLED_MS);
    const name = view.replace(/\?.*/, '');
    await page.screenshot({ path: join(import.meta.dirname, `${name}-${colorScheme}.png`) });
  }
}
await browser.close();
