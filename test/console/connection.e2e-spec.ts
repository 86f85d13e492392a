/** The console of a service that asks for a token, and of one that is killed and comes back. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { consolePages, inBrowser } from '../support/browser/console-pages.js';
import { type Front, startFront } from '../support/browser/front.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { nowInS, SECRET, tokenOf } from '../support/http/tokens.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const admin = (claims = {}) => tokenOf({ sub: 'ops', scope: 'admin', ...claims });

inBrowser('the console of a service with AUTH_*', () => {
  const pages = consolePages();
  let service: TestService;
  let front: Front;
  beforeAll(async () => {
    service = await startTestService({ AUTH_JWT_SECRET: SECRET });
    front = await startFront(() => service.api.url);
  });
  afterAll(async () => {
    await front.stop();
    await service.stop();
  });

  const open = () => {
    pages.expectFault(/401|403/);
    return pages.open(`${front.url}/console/projections`);
  };
  const signIn = async (page: Page, token: string, isKept = false) => {
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Token').fill(token);
    if (isKept) await dialog.getByLabel(/Keep it in this tab/).check();
    await dialog.getByRole('button', { name: 'Sign in' }).click();
  };

  it('asks for a token, and forgets it with the page', async () => {
    const page = await open();
    await page.getByRole('dialog', { name: 'This service needs a token' }).waitFor();
    await signIn(page, await admin());
    await page.getByRole('link', { name: 'user-profile' }).waitFor();
    expect(await page.evaluate<number>('sessionStorage.length + localStorage.length')).toBe(0);
    await page.reload();
    await page.getByRole('dialog', { name: 'This service needs a token' }).waitFor();
  });

  it('keeps a token in the tab when the person ticks it, until she signs out', async () => {
    const page = await open();
    await signIn(page, `Bearer ${await admin()}`, true);
    await page.getByRole('link', { name: 'user-profile' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'user-profile' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.reload();
    await page.getByRole('dialog', { name: 'This service needs a token' }).waitFor();
  });

  it('says that a token is none of this service, and what one lacks', async () => {
    const page = await open();
    await signIn(page, await tokenOf({ sub: 'ops', scope: 'admin' }, undefined, Buffer.from('x'.repeat(40))));
    await page.getByRole('dialog', { name: 'The service does not take this token' }).waitFor();
    await signIn(page, await tokenOf({ sub: 'ops', scope: 'viewing:write' }));
    await page.getByText('admin').waitFor();
    await page.getByText(/correlation id [\da-f-]{36}/).waitFor();
  });

  it('says when the token has expired, and goes on with a new one where it was', async () => {
    const page = await open();
    await signIn(page, await admin({ exp: nowInS() + 20 }));
    await page.getByRole('link', { name: 'user-profile' }).click();
    await page.getByRole('dialog', { name: 'Your token has expired' }).waitFor();
    pages.expectFault(/404/);
    await signIn(page, await admin());
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    expect(page.url()).toContain('/console/projection?name=user-profile');
  });
});

inBrowser('the console of a service that is killed', () => {
  const pages = consolePages();
  let database: TestDatabase;
  let service: ServiceProcess;
  let front: Front;
  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startServiceProcess({ DATABASE_URL: database.url });
    front = await startFront(() => service.api.url);
  });
  afterAll(async () => {
    await front.stop();
    await service.end('SIGTERM');
    await database.drop();
  });

  it('says that the connection is lost, shows what it had, and mends itself when the service is back', async () => {
    const page = await pages.open(`${front.url}/console/projections`);
    pages.expectFault(/ERR_|no answer/);
    await page.getByRole('link', { name: 'user-profile' }).waitFor();
    await service.end('SIGKILL');
    const lost = page.getByText('The connection to the service is lost');
    await lost.waitFor();
    expect(await page.getByRole('link', { name: 'user-profile' }).isVisible()).toBe(true);
    service = await startServiceProcess({ DATABASE_URL: database.url });
    await lost.waitFor({ state: 'detached' });
    await page.getByText('running').first().waitFor();
  });
});
