import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Api } from '../support/http/api.js';
import { foldPopularity, foldProfiles, type LogEvent, readLog } from '../support/log/plain-fold.js';
import { scaled } from '../support/scale.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';

// The rows of the service are compared, field by field, with a plain fold of the same log that shares no code with it.
// Sums of doubles may differ in their last digits, since the two may add in a different order.

const ROOT = join(import.meta.dirname, '../..');
const HALF_LIFE_HOURS = 24;
const SUM_TOLERANCE = 1e-9;
const TRENDING_TOLERANCE = 1e-6;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

type Row = Record<string, unknown>;

describe('the read models, against a plain fold of the whole log', () => {
  let database: TestDatabase;
  let undo: (() => Promise<unknown>)[];

  beforeEach(async () => {
    database = await createTestDatabase();
    undo = [];
  });
  afterEach(async () => {
    await Promise.all(undo.map((step) => step()));
    await database.drop();
  });

  const SETTINGS = { TRENDING_HALF_LIFE_HOURS: String(HALF_LIFE_HOURS) };

  async function startService(): Promise<{ api: Api }> {
    const service = await startOn(database.url, SETTINGS);
    undo.push(() => service.stop());
    return { api: new Api(service.url) };
  }

  /** A service that can be killed. */
  async function startProcess(): Promise<ServiceProcess> {
    const service = await startServiceProcess({ DATABASE_URL: database.url, ...SETTINGS });
    undo.push(() => service.end('SIGKILL'));
    return service;
  }

  /** @returns the log, for further checks */
  async function expectAgreement(...apis: Api[]): Promise<LogEvent[]> {
    const log = await readLog(database);
    expect(gapsOf(log)).toEqual([]);
    for (const api of apis) {
      expect(await profileDifferences(api, log)).toEqual([]);
      expect(await popularityDifferences(api, log)).toEqual([]);
    }
    return log;
  }

  it('show every user and every content as the log has them, after a realistic load', async () => {
    const { api } = await startService();
    await simulate(api, '--users', '200', '--events', '5000', '--seed', '7');
    const log = await expectAgreement(api);
    expect({ users: foldProfiles(log).size, viewing: countViewing(log) }).toEqual({
      users: 200,
      viewing: 5000,
    });
  });

  it('show the same through each of two services that share one database and all of the work', async () => {
    const [one, other] = await Promise.all([startService(), startService()]);
    let requests = 0;
    const load = new StubbornLoad(() => (requests++ % 2 === 0 ? one : other).api);
    await load.run();
    expect(load.interruptions).toBe(0);
    await expectAllThere(load, one.api, other.api);
  });

  it('lose nothing and repeat nothing when the service is killed again and again under load', async () => {
    let service = await startProcess();
    const load = new StubbornLoad(() => service.api);
    const killAndRestart = async () => {
      for (const part of KILLED_AFTER) {
        await load.acknowledged(part * EVENTS);
        await service.end('SIGKILL');
        service = await startProcess();
      }
    };
    await Promise.all([load.run(), killAndRestart()]);
    expect(load.interruptions).toBeGreaterThanOrEqual(KILLED_AFTER.length);
    await expectAllThere(load, service.api);
  }, 150_000);

  async function expectAllThere(load: StubbornLoad, ...apis: Api[]): Promise<void> {
    const log = await expectAgreement(...apis);
    expect(lossesOf(load.receipts, log)).toEqual([]);
    expect(new Set(log.map(({ eventId }) => eventId)).size).toBe(log.length);
    expect(countViewing(log)).toBe(EVENTS);
  }
});

async function simulate(api: Api, ...options: string[]): Promise<void> {
  const { PATH, HOME } = process.env;
  const main = join(ROOT, 'dist/bench/simulate/main.js');
  const child = spawn(process.execPath, [main, '--url', api.url, ...options], { env: { PATH, HOME } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, output }).toEqual({ code: 0, output });
}

/** Positions and, in each stream, versions that are not those of a count from 1. */
function gapsOf(log: readonly LogEvent[]): string[] {
  const versions = new Map<string, number>();
  return log.flatMap(({ position, streamId, version }, index) => {
    const expectedVersion = (versions.get(streamId) ?? 0) + 1;
    versions.set(streamId, version);
    return position === index + 1 && version === expectedVersion
      ? []
      : [`position ${position}, ${streamId} at version ${version}, after ${index} events`];
  });
}

const countViewing = (log: readonly LogEvent[]) =>
  log.filter(({ type }) => type === 'content.watched' || type === 'content.rated').length;

/** A page of a list, and the instants before and after its request. */
interface Page {
  items: Row[];
  asked: Date;
  answered: Date;
}

async function* pagesOf(api: Api, path: string, position: number): AsyncGenerator<Page> {
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const asked = new Date();
    const { status, body }: Answer = await api.get(`${path}?limit=200${query}`, {
      'read-after': String(position),
    });
    expect({ status, body }).toMatchObject({ status: 200 });
    yield { items: body.items, asked, answered: new Date() };
    cursor = body.nextCursor;
  }
}

async function profileDifferences(api: Api, log: LogEvent[]): Promise<string[]> {
  const expected = foldProfiles(log);
  const shown: Row[] = [];
  for await (const { items } of pagesOf(api, '/users', log.length)) shown.push(...items);
  return [
    ...membership(expected, idsOf(shown, 'userId')),
    ...shown.flatMap((profile) => differences(profile, expected.get(profile.userId as string))),
  ];
}

async function popularityDifferences(api: Api, log: LogEvent[]): Promise<string[]> {
  const contents = foldPopularity(log, { now: new Date(), halfLifeHours: HALF_LIFE_HOURS });
  const found: string[] = [];
  const ids: string[] = [];
  for await (const page of pagesOf(api, '/contents/popularity', log.length)) {
    ids.push(...idsOf(page.items, 'contentId'));
    found.push(...differencesOfPage(page, log));
  }
  return [...membership(contents, ids), ...found];
}

/** A score only decays, so its value at the answer lies between those before and after. */
function differencesOfPage({ items, asked, answered }: Page, log: LogEvent[]): string[] {
  const ids = new Set(idsOf(items, 'contentId'));
  const ofPage = log.filter(({ data }) => ids.has(data.contentId as string));
  const before = foldPopularity(ofPage, { now: asked, halfLifeHours: HALF_LIFE_HOURS });
  const after = foldPopularity(ofPage, { now: answered, halfLifeHours: HALF_LIFE_HOURS });
  return items.flatMap((content) => {
    const { trendingScore: highest, ...fields } = before.get(content.contentId as string) ?? {};
    const { trendingScore: lowest } = after.get(content.contentId as string) ?? {};
    const { trendingScore, ...shown } = content;
    const fits = isBetween(trendingScore, lowest ?? NaN, highest ?? NaN);
    const misfit = `${String(content.contentId)}: trendingScore is ${String(trendingScore)}, not ${lowest} to ${highest}`;
    return [...differences(shown, fields), ...(fits ? [] : [misfit])];
  });
}

const idsOf = (rows: Row[], key: string) => rows.map((row) => row[key] as string);

function isBetween(value: unknown, lowest: number, highest: number): boolean {
  if (typeof value !== 'number') return false;
  return value >= lowest * (1 - TRENDING_TOLERANCE) && value <= highest * (1 + TRENDING_TOLERANCE);
}

/** Items that the lists show twice, and items that they do not show. */
function membership(expected: Map<string, unknown>, shown: string[]): string[] {
  const unique = new Set(shown);
  const missing = [...expected.keys()].filter((id) => !unique.has(id));
  return [
    ...missing.map((id) => `${id} is missing`),
    ...(shown.length === unique.size ? [] : [`${shown.length - unique.size} rows are shown twice`]),
  ];
}

function differences(shown: Row, expected: object = {}): string[] {
  const wanted = expected as Row;
  const id = String(shown.userId ?? shown.contentId);
  const fields = new Set([...Object.keys(shown), ...Object.keys(wanted)]);
  return [...fields]
    .filter((field) => !isSame(shown[field], wanted[field]))
    .map(
      (field) => `${id}: ${field} is ${JSON.stringify(shown[field])}, not ${JSON.stringify(wanted[field])}`,
    );
}

function isSame(shown: unknown, wanted: unknown): boolean {
  if (typeof shown === 'number' && typeof wanted === 'number') {
    return Math.abs(shown - wanted) <= SUM_TOLERANCE * Math.abs(wanted);
  }
  return JSON.stringify(shown) === JSON.stringify(wanted);
}

interface Receipt {
  /** Only for a viewing event. A user's command answers its version instead. */
  eventId?: string;
  streamId?: string;
  version?: number;
  position: number;
}

/** Acknowledged appends that are not at the place in their answer. */
function lossesOf(receipts: readonly Receipt[], log: readonly LogEvent[]): string[] {
  const lost = receipts.filter(({ position, ...identity }) => {
    const stored = log[position - 1] as Row | undefined;
    return Object.entries(identity).some(([field, value]) => stored?.[field] !== value);
  });
  return lost.map((receipt) => JSON.stringify(receipt));
}

const EVENTS = scaled(1_800, 3_600);
/** The acknowledged share of the events at each kill. */
const KILLED_AFTER = [0.1, 0.4, 0.7];
const BATCH = 20;
const SENDERS = 4;
const USERS = 40;
const FILMS = 20;
const GIVE_UP_AFTER_MS = 120_000;

/**
 * Users register, subscribe, leave and come back while events come in: late, out of order, of users who are not
 * registered yet, with and without a genre, with ratings of the same instant. A request without an answer is sent again
 * unchanged.
 */
class StubbornLoad {
  readonly receipts: Receipt[] = [];
  interruptions = 0;
  private readonly users = Array.from({ length: USERS }, () => randomUUID());
  private readonly random = randomNumbers(5);
  private readonly deadline = Date.now() + GIVE_UP_AFTER_MS;
  private failure: unknown;

  constructor(private readonly api: () => Api) {}

  async run(): Promise<void> {
    const events = Array.from({ length: EVENTS }, () => this.viewingEvent());
    const batches = Array.from({ length: EVENTS / BATCH }, (_, index) =>
      events.slice(index * BATCH, (index + 1) * BATCH),
    );
    const sender = async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) await this.sendBatch(batch);
    };
    const senders = Array.from({ length: SENDERS }, sender);
    await Promise.all([...senders, this.manageAccounts(), this.catalogueFilms()]).catch((error: unknown) => {
      this.failure = error;
      throw error;
    });
  }

  /** Resolves when so many appends have been answered. */
  async acknowledged(count: number): Promise<void> {
    while (this.receipts.length < count) {
      if (this.failure !== undefined) throw this.failure;
      await sleep(1);
    }
  }

  private viewingEvent(): object {
    const film = this.below(FILMS);
    const common = {
      eventId: randomUUID(),
      userId: this.users[this.below(USERS)],
      contentId: `film-${film}`,
    };
    if (this.below(3) === 0) {
      // Few users, few films and few instants: the same user rates the same film again at the same time.
      const occurredAt = new Date(Date.UTC(2025, 5, 1 + this.below(5))).toISOString();
      const rating = 1 + this.below(5);
      return { type: 'content.rated', ...common, rating, ...(this.below(4) !== 0 && { occurredAt }) };
    }
    return {
      type: 'content.watched',
      ...common,
      watchDurationSeconds: this.random() * 7_200,
      completionPercentage: this.random() * 100,
      ...(film % 4 !== 0 && { genre: ['drama', 'war', 'comedy', 'action', 'horror'][this.below(5)] }),
      ...(this.below(5) !== 0 && {
        occurredAt: new Date(Date.now() - (this.random() - 0.0005) * 3 * DAY).toISOString(),
      }),
    };
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private async sendBatch(batch: object[]): Promise<void> {
    const { status, body } = await this.insist('POST', '/viewing/events', batch);
    expect({ status, body }).toMatchObject({ status: 200 });
    expect(body.verdicts).toHaveLength(batch.length);
    for (const { eventId, position } of body.verdicts) this.receipts.push({ eventId, position });
  }

  /** A quarter of the users never registers. The others do so one after the other, during the events. */
  private async manageAccounts(): Promise<void> {
    for (const [index, userId] of this.users.entries()) {
      if (index % 4 === 3) continue;
      await this.acknowledged((index * EVENTS) / 52);
      const email = `${userId}@example.org`;
      await this.command('/users', userId, { userId, email, name: 'Ada', initialPreferences: ['war'] });
      const path = `/users/${userId}`;
      await this.command(`${path}/subscription`, userId, { plan: 'basic', paymentMethod: 'paypal' });
      if (index % 3 !== 0) await this.command(`${path}/deactivation`, userId, {});
      if (index % 3 === 1) await this.command(`${path}/reactivation`, userId, {});
    }
  }

  /** Half of the films, some during the events. */
  private async catalogueFilms(): Promise<void> {
    for (let film = 0; film < FILMS; film += 2) {
      await this.acknowledged((film * EVENTS) / 36);
      const body = { title: `Film ${film}`, genre: 'western' };
      const answer = await this.insist('PUT', `/contents/film-${film}`, body);
      expect(answer).toMatchObject({ status: 200 });
    }
  }

  private async command(path: string, userId: string, body: object): Promise<void> {
    const before = this.interruptions;
    const answer = await this.insist('POST', path, body);
    // Refused, because the first attempt succeeded: only its answer was lost with the service.
    if (answer.status === 409 && this.interruptions > before) return;
    expect({ ...answer, status: Math.floor(answer.status / 100) }).toMatchObject({ status: 2 });
    const { version, position } = answer.body;
    this.receipts.push({ streamId: `user-${userId}`, version, position });
  }

  private async insist(method: string, path: string, body: object): Promise<Answer> {
    const headers = { 'idempotency-key': randomUUID() };
    for (;;) {
      const answer = await this.api()
        .send(method, path, body, headers)
        .catch(() => undefined);
      if (answer !== undefined && answer.status !== 503) return answer;
      this.interruptions += 1;
      if (Date.now() > this.deadline) throw new Error(`${path} got no answer: ${JSON.stringify(answer)}`);
      await sleep(20);
    }
  }
}

/** The same numbers from 0 to 1 at every run: the MINSTD generator of Park and Miller. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
