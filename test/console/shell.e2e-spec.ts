/** What is around every view of the console: navigation, search, keys, the token, and the connection. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { type Front, startFront } from '../support/browser/front.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

inBrowser('the console of an open service', () => {
  const pages = consolePages();
  let service: TestService;
  let front: Front;
  beforeAll(async () => {
    service = await startTestService();
    front = await startFront(() => service.api.url);
  });
  afterAll(async () => {
    await front.stop();
    await service.stop();
  });

  it('opens at /console, and shows its projections', async () => {
    const page = await pages.open(`${front.url}/console/projections`);
    await page.getByRole('link', { name: 'user-profile' }).waitFor();
    expect(await page.title()).toBe('Projections · Eventfold');
  });
});
