import type { Page } from 'playwright-core';

/**
 * Presses "Try it out" and "Execute" on every operation of Swagger UI, from the top to the bottom.
 *
 * @param feeds ids of the operations whose answer has no end, so that Swagger UI never shows one
 * @returns the status that each operation shows, in the order of the page
 */
export async function pressEverything(page: Page, feeds: readonly string[]): Promise<Record<string, string>> {
  await page.locator('.opblock').first().waitFor();
  return page.evaluate(`(${PRESS_EVERYTHING})(${JSON.stringify(feeds)})`);
}

/**
 * Runs in the page: to wait from outside until the drawing stands still takes three times as long. An operation is
 * closed when it is done, since Swagger UI draws all open ones again with every change.
 */
const PRESS_EVERYTHING = `async (feeds) => {
  const appears = (inside, selector) =>
    new Promise((resolve) => {
      const look = () => {
        const found = inside.querySelector(selector);
        if (!found) return;
        observer.disconnect();
        resolve(found);
      };
      const observer = new MutationObserver(look);
      observer.observe(inside, { childList: true, subtree: true });
      look();
    });
  const statuses = {};
  for (const operation of document.querySelectorAll('.opblock')) {
    const id = operation.id.split('-').at(-1);
    if (feeds.includes(id)) continue;
    operation.querySelector('.opblock-summary-control').click();
    (await appears(operation, '.try-out__btn')).click();
    (await appears(operation, '.execute')).click();
    const status = await appears(operation, '.live-responses-table .response .response-col_status');
    statuses[id] = status.firstChild.textContent.trim();
    operation.querySelector('.opblock-summary-control').click();
  }
  return statuses;
}`;
