/** Parked keys in the console: many of them, their events and errors, retries and skips. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { EventStore } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { type Front, startFront } from '../support/browser/front.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const HOSTILE = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;

inBrowser('parked keys in the console', () => {
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

  const open = () => pages.open(`${front.url}/console/parked?name=user-profile`);
  const parked = async () => (await service.api.get('/projections/user-profile/parked')).body.items;
  /** A user whose subscription cannot be folded, with an event that waits behind it. */
  const parkedUser = async (): Promise<string> => {
    const userId = randomUUID();
    await service.api.post('/users', { userId, email: `${userId}@example.org`, name: HOSTILE });
    await service.app
      .get(EventStore)
      .appendToStream(`user-${userId}`, 'any', [
        { type: 'user.subscribed', data: { userId, plan: null, paymentMethod: HOSTILE } },
      ]);
    await service.api.put(`/users/${userId}/preferences`, { preferences: ['crime'] });
    await eventually(async () =>
      expect(await parked()).toContainEqual(expect.objectContaining({ key: userId, waiting: 2 })),
    );
    return userId;
  };

  it('are none, and the page says so', async () => {
    const page = await open();
    await page.getByText('No key is parked').waitFor();
  });

  it('show the event and the error; a retry says why the key stays parked', async () => {
    const userId = await parkedUser();
    const page = await open();
    await page.getByRole('button', { name: userId }).click();
    expect(new URL(page.url()).searchParams.get('key')).toBe(userId);
    await page.locator('pre.error', { hasText: 'subscription_plan' }).waitFor();
    await page.locator('.json pre', { hasText: '<script>' }).waitFor();
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.getByText(/It is still parked, at position/).waitFor();
    expect(await page.title()).toBe('Parked keys · Eventfold');
    expect(await page.locator('main img, main script').count()).toBe(0);
  });

  it('are skipped only with a reason', async () => {
    const [{ key }] = await parked();
    const page = await open();
    await page.getByRole('button', { name: key }).click();
    await page.getByRole('button', { name: 'Skip the event …' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('is skipped for good').waitFor();
    expect(await dialog.getByRole('button', { name: 'Skip' }).isDisabled()).toBe(true);
    await dialog.getByLabel('Reason').fill(HOSTILE);
    await dialog.getByRole('button', { name: 'Skip' }).click();
    await page.getByText('No key is parked').waitFor();
    expect((await service.api.get(`/users/${key}/profile`)).body.preferences).toEqual(['crime']);
  });

  it('are retried all together, once the cause is mended', async () => {
    const users = [await parkedUser(), await parkedUser(), await parkedUser()];
    const page = await open();
    await page.getByRole('button', { name: users[0]! }).waitFor();
    const column = 'alter table eventfold.user_profiles alter column subscription_plan';
    await service.database.query(`${column} drop not null`);
    await page.getByRole('button', { name: 'Retry all …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry all' }).click();
    await page.getByText('Retried 3: 3 free, 0 still parked').waitFor();
    await page.getByText('No key is parked').waitFor();
    await service.database.query('delete from eventfold.user_profiles where subscription_plan is null');
    await service.database.query(`${column} set not null`);
  });

  it('are 10,000, and the page says that so many have one cause, and leads through them', async () => {
    const userId = await parkedUser();
    await service.api.post('/projections/user-profile/pause'); // nothing retries them meanwhile
    await manyLike(userId, 9_999);
    const page = await open();
    await page.getByText('10,000 keys are parked').waitFor();
    await page.getByText('50 keys on this page, ordered by key').waitFor();
    expect(await page.locator('table.parked tbody tr').count()).toBe(50);
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByRole('button', { name: 'many-00060' }).waitFor();
    expect(new URL(page.url()).searchParams.get('after')).toMatch(/^many-000\d\d$/);
    await page.goBack();
    await page.getByRole('button', { name: userId }).waitFor();
  });

  /** Keys that are parked at the same event as the given one. */
  async function manyLike(key: string, count: number): Promise<void> {
    const keys = `select 'many-' || lpad(n::text, 5, '0') as key from generate_series(1, ${count}) n`;
    await service.database.query(
      `insert into eventfold.parked_keys (projection, build, partition, key, position, event_id, event_type, error, attempts)
       select projection, build, partition, many.key, position, event_id, event_type, error, attempts
       from eventfold.parked_keys p, (${keys}) many where p.key = $1`,
      [key],
    );
    await service.database.query(
      `insert into eventfold.waiting_events (projection, build, key, position)
       select projection, build, many.key, position
       from eventfold.waiting_events w, (${keys}) many where w.key = $1`,
      [key],
    );
  }
});
