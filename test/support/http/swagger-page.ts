import type { Page } from 'playwright-core';
import { PATIENCE_MS } from '../patience.js';

/**
 * Presses "Try it out" and "Execute" on every operation of Swagger UI, from the top to the bottom.
 *
 * @param feeds ids of the operations whose answer has no end, so that Swagger UI never shows one
 * @returns the status that each operation shows, in the order of the page
 * @throws {Error} with its id, when an operation shows no status within the patience of a test
 */
export async function pressEverything(page: Page, feeds: readonly string[]): Promise<Record<string, string>> {
  await page.locator('.opblock').first().waitFor();
  const elements = await page.evaluate<string[]>(
    `[...document.querySelectorAll('.opblock')].map(({ id }) => id)`,
  );
  const statuses: Record<string, string> = {};
  for (const element of elements) {
    const id = element.split('-').at(-1)!;
    if (!feeds.includes(id)) statuses[id] = await page.evaluate(`(${PRESS})('${element}', ${PATIENCE_MS})`);
  }
  return statuses;
}

/**
 * Runs in the page: to wait from outside until the drawing stands still takes three times as long. An operation is
 * closed when it is done, since Swagger UI draws all open ones again with every change.
 */
const PRESS = `async (element, patience) => {
  const operation = document.getElementById(element);
  const appears = (selector) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = operation.querySelector(selector);
        if (!found) return;
        observer.disconnect();
        clearTimeout(limit);
        resolve(found);
      };
      const observer = new MutationObserver(look);
      const limit = setTimeout(() => reject(new Error(element + ' shows no ' + selector)), patience);
      observer.observe(operation, { childList: true, subtree: true });
      look();
    });
  operation.querySelector('.opblock-summary-control').click();
  (await appears('.try-out__btn')).click();
  (await appears('.execute')).click();
  const status = await appears('.live-responses-table .response .response-col_status');
  operation.querySelector('.opblock-summary-control').click();
  return status.firstChild.textContent.trim();
}`;
