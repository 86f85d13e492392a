/** Projections in the console: their status, the acts on them, and the comparison of a rebuild. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { type Front, startFront } from '../support/browser/front.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

/** Text that would run, or break the page, if any field took it for HTML. */
const HOSTILE = `<img src=x onerror="document.title='owned'"></td><script>document.title='owned'</script>`;

inBrowser('projections in the console', () => {
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

  const open = async (view: string): Promise<Page> => {
    pages.expectFault(/404/); // the history of rebuilds, of a service that keeps none
    return pages.open(`${front.url}/console/${view}`);
  };
  const statusOf = async (name: string) => (await service.api.get(`/projections/${name}`)).body;
  const register = async (name: string): Promise<string> => {
    const userId = randomUUID();
    const { body } = await service.api.post('/users', { userId, email: `${userId}@example.org`, name });
    await service.api.get(`/users/${userId}/profile`, { 'read-after': String(body.position) });
    return userId;
  };

  it('are paused and resumed, each after a word on what will happen', async () => {
    const page = await open('projections');
    await page.getByRole('link', { name: 'user-profile' }).click();
    await page.getByText('running', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    const dialog = page.getByRole('dialog', { name: 'Pause user-profile?' });
    await dialog.getByText('Queries still answer, from rows that get old.').waitFor();
    await dialog.getByRole('button', { name: 'Leave as it is' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect((await statusOf('user-profile')).status).toBe('running');

    await page.getByRole('button', { name: 'Pause' }).click();
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('paused', { exact: true }).waitFor();
    expect((await statusOf('user-profile')).status).toBe('paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByText('running', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Operations' }).click();
    await page.getByRole('row').filter({ hasText: 'resume' }).filter({ hasText: 'user-profile' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'pause' }).getByText('done').waitFor();
  });

  it('show what a rebuild would change, the fields that differ marked, and change it on release', async () => {
    const [changed, lost] = [await register(HOSTILE), await register('Lost')];
    await service.database.query(`update eventfold.user_profiles set name = 'Eve' where user_id = $1`, [
      changed,
    ]);
    await service.database.query('delete from eventfold.user_profiles where user_id = $1', [lost]);
    const page = await open('projection?name=user-profile');
    await page.getByRole('button', { name: 'Rebuild …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rebuild user-profile?' });
    await dialog.getByText('nothing changes before you release it').waitFor();
    await dialog.getByRole('button', { name: 'Rebuild' }).click();
    await page.getByRole('link', { name: 'Progress and comparison' }).click();
    await page.getByText('held', { exact: true }).waitFor();

    await page.locator('del', { hasText: 'Eve' }).waitFor();
    expect(await page.locator('ins').allInnerTexts()).toContain(HOSTILE);
    expect(await page.locator('tr.differs').count()).toBeGreaterThan(1);
    await page.getByText('The release adds this row.').waitFor();
    expect(await page.title()).toBe('Rebuild of user-profile · Eventfold');

    await page.getByRole('button', { name: 'Release' }).click();
    await page.getByRole('dialog').getByText('1 row changed, 0 removed, 1 added').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await page.getByText('No rebuild is under way').waitFor();
    await eventually(async () => {
      expect((await service.api.get(`/users/${changed}/profile`)).body.name).toBe(HOSTILE);
      expect((await service.api.get(`/users/${lost}/profile`)).status).toBe(200);
    });
  });

  it('keep their rows when a rebuild is cancelled', async () => {
    const userId = await register('Ada');
    await service.database.query(`update eventfold.user_profiles set name = 'Eve' where user_id = $1`, [
      userId,
    ]);
    await service.api.post('/projections/user-profile/rebuild', { hold: true });
    const page = await open('rebuild?name=user-profile');
    await page.locator('del', { hasText: 'Eve' }).waitFor();
    await page.getByRole('button', { name: 'Cancel the rebuild' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the rebuild' }).click();
    await page.getByText('No rebuild is under way').waitFor();
    expect((await service.api.get(`/users/${userId}/profile`)).body.name).toBe('Eve');
  });

  it('say in the dialog why an act was refused, with the correlation id', async () => {
    const page = await open('projection?name=content-popularity');
    await page.getByRole('button', { name: 'Pause' }).click();
    await service.api.post('/projections/content-popularity/pause');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Pause' }).click();
    pages.expectFault(/409/);
    await dialog.getByText('is paused already').waitFor();
    await dialog.getByText(/Correlation id [\da-f-]{36}/).waitFor();
    await service.api.post('/projections/content-popularity/resume');
    await dialog.getByRole('button', { name: 'Leave as it is' }).click();
  });

  it('show a break while one looks', async () => {
    const page = await open('projections');
    await page.getByRole('link', { name: 'content-popularity' }).waitFor();
    await service.database.query('alter table eventfold.content_viewers rename to viewers_for_now');
    await service.api.post('/viewing/watched', {
      userId: randomUUID(),
      contentId: 'metropolis-1927',
      watchDurationSeconds: 60,
      completionPercentage: 5,
    });
    await page.getByText('retrying').waitFor();
    await page.getByText('does not exist').waitFor();
    await service.database.query('alter table eventfold.viewers_for_now rename to content_viewers');
    await page.getByText('retrying').waitFor({ state: 'detached' });
  });

  it('say of an unknown name that there is no such projection', async () => {
    const page = await open(`projection?name=${encodeURIComponent(HOSTILE)}`);
    await page.getByText(`There is no projection "${HOSTILE}"`).waitFor();
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('are named by the verdict, worst first, with a way to the cause', async () => {
    front.says.verdict = {
      severity: 'alarm',
      findings: [
        {
          severity: 'alarm',
          code: 'projection.stopped',
          title: `user-profile ${HOSTILE}`,
          detail: HOSTILE,
          cure: HOSTILE,
          view: { kind: 'projection', name: 'user-profile' },
        },
      ],
    };
    front.says.processes = [
      {
        id: HOSTILE,
        name: HOSTILE,
        build: HOSTILE,
        startedAt: '2026-01-31T20:15:00.000Z',
        seenAt: '2026-01-31T20:15:00.000Z',
        isAnswering: false,
        folds: [{ projection: HOSTILE, revision: '1', status: 'no-worker' }],
      },
    ];
    const page = await open('overview');
    await page.getByRole('heading', { name: 'Something needs you' }).waitFor();
    await page.getByText('silent').waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
    await page.getByRole('link', { name: 'Look' }).click();
    await page.getByRole('heading', { name: 'user-profile' }).waitFor();
    front.says = {};
  });

  it('are drawn over the last 15 minutes', async () => {
    front.says.samples = Array.from({ length: 30 }, (_, index) => ({
      at: new Date(Date.now() - (30 - index) * 5_000).toISOString(),
      head: index,
      eventsPerSecond: index * 1_000,
      commandsPerSecond: index,
      p50Ms: 2,
      p99Ms: 20,
      conflictsPerSecond: 0,
      lagSeconds: { 'user-profile': 90 },
    }));
    const page = await open('overview');
    await page.locator('.chart canvas').nth(2).waitFor();
    const rates = page.getByRole('figure').filter({ hasText: 'Rates, a second' });
    await rates.getByText('29,000').waitFor();
    await page.getByText('1 min 30 s').waitFor();
    front.says = {};
  });
});
