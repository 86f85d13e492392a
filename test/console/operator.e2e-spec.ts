/** The console as an operator has it: a service with its real overview, with many events, and with a trouble. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { ContentPopularityProjection } from '../../src/content-popularity/content-popularity.projection.js';
import { EventStore, MessageContext, ProjectionProgress } from '../../src/event-sourcing/index.js';
import { UserPreferencesUpdated, UserRegistered } from '../../src/users/user.events.js';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { bearer, SECRET, tokenOf } from '../support/http/tokens.js';
import { viewingHistory } from '../support/log/viewing-history.js';
import { scaled } from '../support/scale.js';

const SIZE = scaled({ users: 120, events: 2_000 }, { users: 3_000, events: 70_000 });
const BATCH = 500;
const WITHIN_S = 60;
const SEEDED_WITHIN_MS = 300_000;
const DESK = { width: 1_280, height: 800 };
const TELEPHONE = { width: 360, height: 800 };
const PLANS = `'free', 'basic', 'standard', 'premium'`;

const admin = (sub: string) => tokenOf({ sub, scope: 'admin' });

/** A user whose new plan the table of profiles does not know. */
const poisoned = randomUUID();

/** Each view of the navigation and those that others lead to, with what it shows of the data of this file. */
const VIEWS: [title: string, path: string, shown: (page: Page) => Locator][] = [
  ['the overview', 'overview', (page) => page.locator('.chart canvas').nth(2)],
  ['the log', 'log', (page) => page.locator('table.events tbody tr').nth(99)],
  [
    'a stream',
    `stream?id=user-${poisoned}`,
    (page) => page.getByRole('heading', { name: /after version 3/ }),
  ],
  ['a correlation', 'correlation?id=a-new-plan', (page) => page.getByText('user.subscribed')],
  ['the projections', 'projections', (page) => page.getByText('held, 100 %')],
  ['a projection', 'projection?name=user-profile', (page) => page.getByText('It has never been rebuilt')],
  ['a rebuild', 'rebuild?name=content-popularity', (page) => page.locator('tr.differs')],
  ['a parked key', `parked?key=${poisoned}`, (page) => page.locator('pre.error')],
  ['a row', `row?projection=user-profile&key=${poisoned}`, (page) => page.getByText('not folded')],
  ['the processes', 'processes', (page) => page.getByText('There is no process')],
  ['the timers', 'timers', (page) => page.getByText('No timer waits')],
  ['the operations', 'operations', (page) => page.getByRole('row', { name: /deploy.*rebuild.*done/ })],
];

inBrowser('an operator with the console', () => {
  const pages = consolePages();
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService({ AUTH_JWT_SECRET: SECRET });
    await seed();
    await poison();
    await rebuildByAWrongFold();
  }, SEEDED_WITHIN_MS);
  afterAll(() => service.stop());

  async function seed(): Promise<void> {
    const data = { userId: poisoned, email: 'eve@example.org', name: 'Eve', initialPreferences: [] };
    const registration = { streamId: `user-${poisoned}`, event: new UserRegistered(data) };
    const history = [registration, ...viewingHistory({ ...SIZE, contents: 60, seed: 11 })];
    const store = service.app.get(EventStore);
    for (let from = 0; from < history.length; from += BATCH)
      await store.appendEach(history.slice(from, from + BATCH));
    const head = await store.head();
    for (const name of ['user-profile', 'content-popularity'])
      await service.app.get(ProjectionProgress).waitFor(name, head, { withinMs: SEEDED_WITHIN_MS });
  }

  /** A plan is sold before the table of the read model knows it. */
  async function poison(): Promise<void> {
    await service.database.query(
      `alter table eventfold.user_profiles add constraint known_plans check (subscription_plan in (${PLANS}))`,
    );
    const data = { userId: poisoned, plan: 'family', paymentMethod: 'card' };
    const message = { correlationId: 'a-new-plan', causationId: 'a-new-plan', userId: poisoned };
    await service.app.get(MessageContext).run(message, async () => {
      const later = { userId: poisoned, oldPreferences: [], newPreferences: ['late'] };
      const events = [{ type: 'user.subscribed', data }, new UserPreferencesUpdated(later)];
      await service.app.get(EventStore).appendToStream(`user-${poisoned}`, 'any', events);
    });
    await eventually(async () => expect((await statusOf('user-profile')).parkedKeys).toBe(1));
  }

  /** A build counts every view twice, and somebody has it rebuild the rows, but looks before they change. */
  async function rebuildByAWrongFold(): Promise<void> {
    const projection = service.app.get(ContentPopularityProjection, { strict: false });
    const fold = projection.handle.bind(projection);
    projection.handle = (event) => {
      fold(event);
      if (event.type === 'content.watched') fold(event);
    };
    const headers = bearer(await admin('deploy'));
    await service.api.post('/projections/content-popularity/rebuild', { hold: true }, headers);
    await eventually(
      async () => expect((await statusOf('content-popularity')).rebuild?.state).toBe('held'),
      SEEDED_WITHIN_MS,
    );
  }

  const statusOf = async (name: string) =>
    (await service.api.get(`/projections/${name}`, bearer(await admin('test')))).body;
  /** A browser that begins with nothing: no page, no token. */
  const coldStart = async (): Promise<Page> => {
    pages.expectFault(/401/); // the page learns that it needs a token
    const page = await pages.open(`${service.api.url}/console/overview`);
    const dialog = page.getByRole('dialog', { name: 'This service needs a token' });
    await dialog.getByLabel('Token').fill(await admin('ada'));
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    return page;
  };
  const lookAt = (page: Page, finding: RegExp) =>
    page.getByRole('region', { name: 'Verdict' }).getByRole('listitem').filter({ hasText: finding });

  it.each(VIEWS)('sees %s at a desk, and in the dark by telephone', async (_title, path, shown) => {
    const extraHTTPHeaders = bearer(await admin('ada'));
    const url = `${service.api.url}/console/${path}`;
    const page = await pages.open(url, { extraHTTPHeaders, viewport: DESK });
    await shown(page).first().waitFor();
    await page.setViewportSize(TELEPHONE);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(TELEPHONE.width);
    await shown(page).first().waitFor();
  });

  it('sees in the comparison that a rebuild is wrong, cancels it, and finds who began it', async () => {
    const since = performance.now();
    const page = await coldStart();
    await lookAt(page, /content-popularity.*rebuil/)
      .getByRole('link', { name: 'Look' })
      .click();
    const views = page.locator('tr.differs').filter({ hasText: 'total_views' }).first();
    const [living, rebuilt] = [views.locator('del'), views.locator('ins')];
    expect(Number(await rebuilt.innerText())).toBe(2 * Number(await living.innerText()));

    await page.getByRole('button', { name: 'Cancel the rebuild' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The living rows stay as they are.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel the rebuild' }).click();
    await page.getByText('No rebuild is under way').waitFor();
    await page.getByRole('link', { name: 'Operations' }).click();
    await page.getByRole('row', { name: /ada.*cancel.*content-popularity.*done/ }).waitFor();
    await page.getByRole('row', { name: /deploy.*rebuild.*content-popularity.*done/ }).waitFor();
    inTime('saw the wrong rebuild, cancelled it and found who began it', since);
    expect((await statusOf('content-popularity')).rebuild).toBeNull();
  });

  it('goes from the finding to the parked key, its event and its cause, and retries it', async () => {
    const since = performance.now();
    const page = await coldStart();
    await page.getByRole('heading', { name: 'Worth a look' }).waitFor();
    await lookAt(page, /user-profile.*parked/)
      .getByRole('link', { name: 'Look' })
      .click();
    await page.getByRole('button', { name: poisoned }).click();
    await page.locator('pre.error', { hasText: 'known_plans' }).waitFor();
    await page.locator('.json pre', { hasText: '"family"' }).waitFor();

    await page.getByRole('link', { name: 'The row' }).click();
    await page.getByText(/^The key is parked from position/).waitFor();
    const step = page.locator('.steps > li').filter({ hasText: 'not folded' }).first();
    await step.getByText('known_plans').waitFor();
    await page.getByRole('link', { name: 'See why' }).click();

    await service.database.query('alter table eventfold.user_profiles drop constraint known_plans');
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.getByText('No key is parked').waitFor();
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByRole('heading', { name: 'All is well' }).waitFor();
    inTime('found, understood and retried', since);
    const [row] = await service.database.query(
      'select subscription_plan as plan, preferences from eventfold.user_profiles where user_id = $1',
      [poisoned],
    );
    expect(row).toEqual({ plan: 'family', preferences: ['late'] });
  });
});

function inTime(what: string, since: number): void {
  const seconds = (performance.now() - since) / 1_000;
  console.log(`${what} in ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(WITHIN_S);
}
