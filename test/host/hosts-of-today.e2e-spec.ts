/**
 * Applications with the set-ups that many have today, before and after they import Eventfold. The answers of their own
 * routes, their log and their end stay the same, and all parts of Eventfold work in each.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { randomUUID } from 'node:crypto';
import { ProjectionOperations } from '../../src/event-sourcing/index.js';
import { mediaHost } from '../examples/todays-hosts/media.host.js';
import { peopleHost } from '../examples/todays-hosts/people.host.js';
import { postsHost } from '../examples/todays-hosts/posts.host.js';
import { startHostOfToday } from '../examples/todays-hosts/start.js';
import { storeHost } from '../examples/todays-hosts/store.host.js';
import { eventually } from '../support/eventually.js';
import { type Send, senderTo } from '../support/hosts/host-answers.js';
import { keepTypeOrm } from '../support/hosts/kept-typeorm.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import {
  answersOf,
  type HostName,
  OWN_REQUESTS,
  PREFIXES,
  shapeOf,
  type StartedHost,
} from '../support/hosts/todays-hosts.js';

const HOSTS = { people: peopleHost, posts: postsHost, media: mediaHost, store: storeHost };

/** The logger of the host that was started last: nestjs-pino has one logger for all applications of a process. */
let lines: string[];

async function startHere(name: HostName, databaseUrl: string, withEventfold: boolean) {
  lines = [];
  const [host, restore] = [HOSTS[name], keepTypeOrm()];
  const undo = host.prepare?.();
  const log = (line: string) => void lines.push(line);
  const app = await startHostOfToday(host, { databaseUrl, withEventfold, log });
  const stop = async () => {
    await app.close();
    undo?.();
    restore();
    Logger.overrideLogger(false);
  };
  return { app, url: await app.getUrl(), lines: () => lines, stop };
}

/** The answers of a host to its own requests, and the lines that it writes meanwhile. */
async function workOf(host: StartedHost, name: HostName) {
  const started = host.lines().length;
  const answers = await answersOf(host, OWN_REQUESTS[name]);
  return { answers, lines: host.lines().slice(started).map(shapeOf) };
}

async function endOf(host: StartedHost) {
  const worked = host.lines().length;
  await host.stop();
  return host.lines().slice(worked).map(shapeOf);
}

describe.each(Object.keys(HOSTS) as HostName[])('the host of %s', (name) => {
  const prefix = PREFIXES[name];
  let database: TestDatabase;
  let before: Awaited<ReturnType<typeof workOf>> & { end: unknown[] };
  let now: typeof before;
  let host: StartedHost & { app: INestApplication };
  let send: Send;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createEmptyDatabase();
    const alone = await startHere(name, database.url, false);
    before = { ...(await workOf(alone, name)), end: await endOf(alone) };
    await database.query('drop schema public cascade');
    await database.query('create schema public');
    host = await startHere(name, database.url, true);
    now = { ...(await workOf(host, name)), end: [] };
    const toHost = senderTo(host.url);
    send = (method, path, ...rest) => toHost(method, prefix + path, ...rest);
  });
  afterAll(() => database.drop());

  it('answers its own requests as before, byte for byte', () => {
    expect(now.answers).toEqual(before.answers);
  });

  it('logs the lines that it logged before', () => {
    expect(now.lines).toEqual(before.lines);
    if (name === 'media') expect(now.lines).toContainEqual(expect.objectContaining({ msg: 'added' }));
  });

  it('takes a command to a row', async () => {
    const user = { 'x-user': randomUUID() };
    const body = { email: `${user['x-user']}@example.org`, name: 'Ada' };
    const registered = await send('POST', '/users', body, user);
    expect(registered).toMatchObject({ status: 201, body: { userId: user['x-user'], version: 1 } });
    expect(registered.headers.get('etag')).toBe('"1"');
    const readAfter = { ...user, 'read-after': String(registered.body.position) };
    const profile = await send('GET', `/users/${user['x-user']}/profile`, undefined, readAfter);
    expect(profile).toMatchObject({ status: 200, body: { email: body.email, subscriptionPlan: 'free' } });
  });

  it('answers errors of Eventfold as problems, with the fields that are wrong', async () => {
    const user = { 'x-user': randomUUID() };
    const wrong = await send('POST', '/users', { email: 7, name: 'Ada' }, user);
    expect(wrong).toMatchObject({ status: 400, body: { type: 'invalid-request' } });
    expect(wrong.headers.get('content-type')).toContain('application/problem+json');
    expect(wrong.body.errors).toContainEqual({
      path: 'email',
      message: expect.stringMatching(/^email (must be|breaks the rule)/),
    });
    const unknown = await send('GET', `/users/${user['x-user']}`, undefined, user);
    expect(unknown).toMatchObject({ status: 404, body: { type: 'user.not-found' } });
    expect(await send('GET', `/users/${user['x-user']}`)).toMatchObject({
      status: 401,
      body: { type: 'unauthenticated' },
    });
  });

  it('has the routes of operators closed without a guard, and open to whom a guard lets in', async () => {
    const [path, operator] = ['/projections', { 'x-operator': 'yes' }];
    expect((await send('GET', `/unguarded${path}`, undefined, operator)).status).toBe(401);
    expect((await send('GET', `/ops${path}`)).status).toBe(403);
    // The host limits its requests, so only the last of them asks by HTTP.
    const operations = host.app.get(ProjectionOperations, { strict: false });
    await eventually(async () =>
      expect(await operations.get('user-profile')).toMatchObject({ status: 'running' }),
    );
    expect(await send('GET', `/ops${path}`, undefined, operator)).toMatchObject({
      status: 200,
      body: { items: [{ name: 'user-profile', status: 'running' }] },
    });
  });

  it('tells terminus and Prometheus of the event store', async () => {
    expect(await send('GET', '/eventfold/health')).toMatchObject({
      status: 200,
      body: { info: { eventfold: { status: 'up', database: 'ok' } } },
    });
    const { body } = await send('GET', '/eventfold/metrics');
    expect(body).toMatch(/^eventfold_events_appended_total [1-9]/m);
  });

  if (name === 'posts')
    it('counts requests to the routes of Eventfold, and refuses too many as a problem', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => send('GET', '/ops/events')));
      expect(answers.filter(({ status }) => status === 403)).toHaveLength(5);
      const refused = answers.find(({ status }) => status === 429)!;
      expect(refused.body).toMatchObject({ type: 'too-many-requests', status: 429 });
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    });

  if (name === 'media')
    it('runs its jobs', async () => {
      const job = host.app.get(SchedulerRegistry).getCronJob('clean up');
      await job.fireOnTick();
      expect(host.lines().map(shapeOf)).toContainEqual(
        expect.objectContaining({ msg: 'Nothing to clean up.' }),
      );
    });

  it('ends as it did, and leaves no connection behind', async () => {
    expect(await endOf(host)).toEqual(before.end);
    await eventually(async () => {
      const open = await database.query(
        'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      expect(open).toEqual([]);
    });
  });
});
