/** Personal values in the console: hidden, until the person has said why she looks. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ProjectionProgress } from '../../src/event-sourcing/index.js';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const NAME = 'Ada Lovelace';
const REASON = 'Ticket 4711';

inBrowser('personal data in the console', () => {
  const pages = consolePages();
  const userId = randomUUID();
  let service: TestService;
  let last: number;

  const register = async (id: string): Promise<number> => {
    const user = { userId: id, email: `${id}@example.org`, name: NAME };
    return (await service.api.post('/users', user)).body.position;
  };

  beforeAll(async () => {
    service = await startTestService();
    last = await register(userId);
    await service.app.get(ProjectionProgress).waitFor('user-profile', last, { withinMs: 20_000 });
  });
  afterAll(() => service.stop());

  it('is hidden in events that come, in states and in rows', async () => {
    const page = await pages.open(`${service.api.url}/console/log?event=${last}`);
    const sheet = page.getByRole('complementary', { name: /^Event at/ });
    await sheet.getByText('"•••••"').first().waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await register(randomUUID());
    await page.locator('table.events tbody tr').nth(1).waitFor();
    for (const view of [`stream?id=user-${userId}&v=1`, `row?projection=user-profile&key=${userId}`]) {
      expect(await page.locator('body').innerText()).not.toContain(NAME);
      await page.goto(`${service.api.url}/console/${view}`);
      await page.getByText('•••••').first().waitFor();
    }
    expect(await page.locator('body').innerText()).not.toContain(NAME);
  });

  it('is shown after a reason, which is recorded, until the person hides it', async () => {
    const page = await pages.open(`${service.api.url}/console/row?projection=user-profile&key=${userId}`);
    await page.getByText('•••••').first().waitFor();
    await page.getByRole('button', { name: 'Show personal data' }).click();
    const dialog = page.getByRole('dialog', { name: 'Show personal data?' });
    expect(await dialog.getByRole('button', { name: 'Show', exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel('Reason').fill(REASON);
    await dialog.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText(NAME).first().waitFor();
    await page.getByRole('link', { name: 'Operations', exact: true }).click();
    await page.getByText('see-personal-data').first().waitFor();
    await page.getByText(REASON).first().waitFor();
    await page.goBack();
    await page.getByText(NAME).first().waitFor();
    await page.getByRole('button', { name: 'Hide personal data' }).click();
    await page.getByText('•••••').first().waitFor();
    expect(await page.locator('body').innerText()).not.toContain(NAME);
  });
});
