/** What is around every view of the console: navigation, search, keys, connection, and how it is served. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
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

  const open = (view: string, options = {}) => pages.open(`${front.url}/console/${view}`, options);

  it.each(['/console', '/console/'])('begins with the overview at %s', async (path) => {
    const page = await pages.open(front.url + path);
    await page.getByRole('heading', { name: 'All is well' }).waitFor();
    expect(page.url()).toBe(`${front.url}/console/overview`);
    expect(await page.title()).toBe('Overview · Eventfold');
  });

  it('asks for no token where none is needed', async () => {
    const page = await open('projections');
    await page.getByRole('link', { name: 'user-profile' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await page.getByRole('button', { name: /sign/i }).count()).toBe(0);
  });

  it('goes to views by keys, and lists the keys', async () => {
    const page = await open('overview');
    await page.keyboard.press('g');
    await page.keyboard.press('p');
    await page.waitForURL('**/console/projections');
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await keys.getByText('Operations').waitFor();
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'hidden' });
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.waitForURL('**/console/operations');
    await page.getByText('Nobody has done anything yet').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Projections' }).waitFor();
  });

  it('leads from a text in the search to the view of it', async () => {
    const page = await open('overview');
    await page.getByRole('heading', { name: 'All is well' }).waitFor();
    const userId = randomUUID();
    const found = async (text: string) => {
      await page.keyboard.press('/');
      await page.keyboard.type(text);
      const options = await page.getByRole('option').allInnerTexts();
      await page.keyboard.press('Escape');
      return options.map((option) => option.split(/\s/)[0]);
    };
    expect(await found('1,284')).toEqual(['Position', 'Stream', 'Correlation', 'Row', 'Row']);
    expect((await found('user-p'))[0]).toBe('Projection');
    expect(await found(userId)).toEqual(['Correlation', 'Stream', 'Row', 'Row']);
    await service.api.post('/users', { userId, email: 'ada@example.org', name: 'Ada' });
    await eventually(async () => expect((await found(userId))[0]).toBe('Stream')); // as streams of users are called
    await page.keyboard.press('/');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('user-prof');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/console/projection?name=user-profile');
    pages.expectFault(/404/); // the history of rebuilds
  });

  it('says of an unknown view that there is none', async () => {
    const page = await open('nowhere');
    await page.getByText('There is no such view').waitFor();
  });

  it.each([
    ['a telephone', 360, 'light'],
    ['a telephone', 360, 'dark'],
    ['a large screen', 3840, 'dark'],
    ['a large screen', 3840, 'light'],
  ] as const)('fits %s of %i pixels, %s', async (_what, width, colorScheme) => {
    for (const view of ['overview', 'projections', 'projection?name=user-profile', 'parked']) {
      const page = await open(view, { viewport: { width, height: 800 }, colorScheme });
      await page
        .getByRole('link', { name: /user-profile/ })
        .or(page.getByRole('heading', { name: 'user-profile' }))
        .first()
        .waitFor();
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    }
    pages.expectFault(/404/); // the history of rebuilds
  });

  it('works below any prefix of a proxy', async () => {
    const prefixed = await startFront(() => service.api.url, '/ops');
    const page = await pages.open(`${prefixed.url}/console/projection?name=user-profile`);
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.getByRole('heading', { name: 'All is well' }).waitFor();
    expect(page.url()).toBe(`${prefixed.url}/console/overview`);
    pages.expectFault(/404/);
    await pages.settle();
    await prefixed.stop();
  });

  it('loads less than 120 kB, which a browser keeps, and runs no script or style of its page', async () => {
    const page = await pages.open('about:blank');
    let bytes = 0;
    const loaded: string[] = [];
    page.on('response', async (response) => {
      const path = new URL(response.url()).pathname;
      if (!path.startsWith('/console/')) return;
      loaded.push(`${path} ${response.headers()['cache-control']}`);
      bytes += Number(response.headers()['content-length']);
    });
    await page.goto(`${front.url}/console/overview`);
    await page.getByRole('heading', { name: 'All is well' }).waitFor();
    expect(loaded).toHaveLength(3);
    for (const file of loaded.slice(1))
      expect(file).toMatch(/assets\/[\w-]+-[\w-]{8}\.(js|css) public, max-age=31536000, immutable$/);
    expect(bytes).toBeLessThan(120_000);
    const answer = await fetch(`${front.url}/console/overview`);
    expect(answer.headers.get('content-security-policy')).not.toMatch(/unsafe/);
    expect(await answer.text()).not.toMatch(/<script(?! type="module" crossorigin src)|<style|style=/);
  });
});
