/**
 * Takes the pictures of docs/console.md from a running service, into this folder. Fill the service first, and let the
 * simulation go on meanwhile: `npm run simulate -- --rate 100`.
 *
 *   node docs/console/pictures.mjs http://127.0.0.1:3000
 */
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SIZE = { width: 1280, height: 800 };
/** Charts and streams are drawn by then, in ms. */
const SETTLED_MS = 3_000;
/** Pictures in dark, too. */
const ALSO_DARK = ['overview', 'row'];

const [service] = process.argv.slice(2);
const asked = async (path) => (await fetch(`${service}${path}`)).json();

const { userId } = (await asked('/users?limit=1')).items[0];
const { correlationId } = (await asked(`/streams/user-${userId}`)).items[0].metadata;
const views = [
  'overview',
  'log',
  `stream?id=user-${userId}`,
  `correlation?id=${correlationId}`,
  `row?projection=user-profile&key=${userId}`,
  'projections',
  'rebuild?name=user-profile',
  'parked',
  'operations',
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const colorScheme of ['light', 'dark']) {
  const page = await browser.newPage({ viewport: SIZE, colorScheme });
  for (const view of views) {
    const name = view.replace(/\?.*/, '');
    if (colorScheme === 'dark' && !ALSO_DARK.includes(name)) continue;
    await page.goto(`${service}/console/${view}`);
    await page.waitForTimeout(SETTLED_MS);
    await page.screenshot({ path: join(import.meta.dirname, `${name}-${colorScheme}.png`) });
  }
}
await browser.close();
