/** Timers in the console: the list, a move, a cancel. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Timers } from '../../src/event-sourcing/index.js';
import { ContentCatalogued } from '../../src/viewing/viewing.events.js';
import { eventually } from '../support/eventually.js';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { type Front, startFront } from '../support/browser/front.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

inBrowser('timers in the console', () => {
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

  const stateOf = async (id: string) => (await service.app.get(Timers).find(id))?.state;
  const schedule = async (contentId: string) => {
    const event = new ContentCatalogued({ contentId, title: 'M', genre: 'crime' });
    const options = { stream: `content-${contentId}`, name: contentId };
    return (await service.app.get(Timers).schedule({ in: '1h' }, event, options)).id;
  };

  it('are listed, and are moved and cancelled after a question', async () => {
    const page = await pages.open(`${front.url}/console/timers`);
    await page.getByText('No timer waits').waitFor();
    const [moved, cancelled] = [await schedule('moved'), await schedule('cancelled')];
    await page.getByRole('button', { name: 'Look again' }).click();
    await page
      .getByRole('row', { name: /content-cancelled/ })
      .getByRole('button', { name: 'Cancel' })
      .click();
    await page.getByRole('button', { name: 'Cancel the timer' }).click();
    await eventually(async () => expect(await stateOf(cancelled)).toBe('cancelled'));
    await page
      .getByRole('row', { name: /content-moved/ })
      .getByRole('button', { name: 'Move' })
      .click();
    await page.getByLabel('Due at').fill('2020-01-01T00:00:00');
    await page.getByRole('button', { name: 'Move', exact: true }).click();
    await eventually(async () => expect(await stateOf(moved)).toBe('fired'));
    expect(await page.title()).toBe('Timers · Eventfold');
  });
});
