import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { EventStore } from '../../src/event-sourcing/index.js';
import { eventfold, startEventfold } from '../support/cli.js';
import { startCli } from '../support/processes/cli-process.js';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

describe('the command line, of projections,', () => {
  it.each([
    [['--help'], 'Usage: eventfold [', ['projections', 'parked', 'appends nothing but']],
    [['projections', '--help'], 'Usage: eventfold projections [', ['status', 'rebuild', 'pause', 'resume']],
    [['projections', 'status', '--help'], 'Usage: eventfold projections status [', ['--watch', '--json']],
    [
      ['projections', 'rebuild', '--help'],
      'Usage: eventfold projections rebuild [',
      ['<name>', '--hold', '--release', '--cancel', '--follow', '--no-follow', '--json'],
    ],
    [['projections', 'pause', '--help'], 'Usage: eventfold projections pause [', ['<name>', '--json']],
    [['projections', 'resume', '--help'], 'Usage: eventfold projections resume [', ['<name>', '--json']],
    [['parked', '--help'], 'Usage: eventfold parked [', ['list', 'retry', 'skip']],
    [['parked', 'list', '--help'], 'Usage: eventfold parked list [', ['--after <key>', '--limit <N>']],
    [['parked', 'retry', '--help'], 'Usage: eventfold parked retry [', ['[key]', '--all', 'Exit code 1']],
    [
      ['parked', 'skip', '--help'],
      'Usage: eventfold parked skip [',
      ['<key>', 'for good', '--reason <text>'],
    ],
    [
      ['processes', 'list', '--help'],
      'Usage: eventfold processes list [',
      ['--state <state>', '--cursor <text>', '--limit <N>'],
    ],
    [
      ['processes', 'retry', '--help'],
      'Usage: eventfold processes retry [',
      ['<name>', '<key>', 'Exit code 1'],
    ],
    [
      ['processes', 'end', '--help'],
      'Usage: eventfold processes end [',
      ['<name>', '<key>', '--reason <text>'],
    ],
    [
      ['processes', 'send', '--help'],
      'Usage: eventfold processes send [',
      ['<name>', '<key>', '<type>', '--data <json>', '--reason <text>'],
    ],
    [
      ['operations', 'list', '--help'],
      'Usage: eventfold operations list [',
      ['--projection <name>', '--limit <N>'],
    ],
    [
      ['projections', 'rebuilds', '--help'],
      'Usage: eventfold projections rebuilds [',
      ['<name>', '--limit <N>'],
    ],
  ])('teaches itself, without a database: %j', async (args, usage, parts) => {
    const { code, out, err } = await eventfold({ DATABASE_URL: 'postgres://127.0.0.1:1/none' }, ...args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const part of [usage, 'Examples:', ...parts]) expect(out).toContain(part);
  });

  it.each([
    [['projections'], /Usage: eventfold projections/],
    [['projections', 'stop'], /^eventfold projections: there is no command "stop"/],
    [['projections', 'pause'], /^eventfold projections pause: missing required argument 'name'/],
    [
      ['projections', 'rebuild', 'a', '--hold', '--cancel'],
      /--hold, --release and --cancel exclude each other/,
    ],
    [['parked', 'retry', 'a'], /^eventfold parked retry: give either one key or --all\. See/],
    [['parked', 'retry', 'a', 'b', '--all'], /give either one key or --all/],
    [['parked', 'skip', 'a'], /missing required argument 'key'/],
    [
      ['parked', 'skip', 'a', 'b', '--reason', ''],
      /--reason is "": it must be a text of 1 to 1,000 characters/,
    ],
    [['parked', 'list', 'a', '--limit', '0'], /--limit is "0": it must be a whole number from 1 to 10000/],
  ])('takes %j for wrong usage, with exit code 2', async (args, sentence) => {
    const { code, out, err } = await eventfold({ DATABASE_URL: 'postgres://127.0.0.1:1/none' }, ...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
  });

  describe('beside a running service', () => {
    let service: TestService;
    beforeAll(async () => {
      service = await startTestService();
    });
    afterAll(() => service.stop());

    const run = (...args: string[]) => eventfold({ DATABASE_URL: service.database.url }, ...args);
    const runJson = async (...args: string[]) => {
      const { code, out, err } = await run(...args, '--json');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out.trimEnd().split('\n')).toHaveLength(1);
      return JSON.parse(out);
    };
    const statusOf = async (name: string) => (await service.api.get(`/projections/${name}`)).body;

    async function register(): Promise<string> {
      const { body } = await service.api.post('/users', {
        email: `${randomUUID()}@example.org`,
        name: 'Ada',
      });
      await eventually(async () =>
        expect((await service.api.get(`/users/${body.userId}/profile`)).status).toBe(200),
      );
      return body.userId;
    }

    /** A user whose profile cannot be written, with one more event that waits behind the failing one. */
    async function parkedUser(): Promise<string> {
      const userId = await register();
      await service.app.get(EventStore).appendToStream(`user-${userId}`, 'any', [
        { type: 'user.subscribed', data: { userId, plan: null, paymentMethod: 'card' } },
        { type: 'user.deactivated', data: { userId } },
      ]);
      await eventually(async () => {
        const { body } = await service.api.get('/projections/user-profile/parked');
        expect(body.items).toContainEqual(expect.objectContaining({ key: userId, waiting: 2 }));
      });
      return userId;
    }

    it.each([
      ['projections', 'pause', 'unknown'],
      ['projections', 'rebuild', 'unknown'],
      ['parked', 'list', 'unknown'],
      ['parked', 'retry', 'unknown', '--all'],
    ])('%s %s %s is a failure, in one line', async (...args) => {
      expect(await run(...args)).toEqual({
        code: 1,
        out: '',
        err: 'eventfold: There is no projection "unknown".\n',
      });
    });

    it('status tells how all of them are', async () => {
      await register();
      await eventually(async () =>
        expect(await statusOf('content-popularity')).toMatchObject({ lagEvents: 0, status: 'running' }),
      );
      const { code, out } = await run('projections', 'status');
      expect(code).toBe(0);
      const [head, ...lines] = out.trimEnd().split('\n');
      expect(head).toMatch(/^projection +status +position +log +behind +rate\/s +parked +rebuild$/);
      expect(lines[0]).toMatch(/^content-popularity +running +2 +2 +0 +[\d.]+ +0$/);
      expect(lines[1]).toMatch(/^user-profile +running +2 +2 +0 +[\d.]+ +0$/);
      const { items, nextCursor } = await runJson('projections', 'status');
      expect({ items: items.map(({ name }: { name: string }) => name), nextCursor }).toEqual({
        items: ['content-popularity', 'user-profile'],
        nextCursor: null,
      });
      expect(items[1]).toMatchObject({ position: 2, lagEvents: 0, parkedKeys: 0, rebuild: null });
    });

    it('status --watch looks again and again, until it is told to end', async () => {
      const environment = { DATABASE_URL: service.database.url };
      const { child, outcome } = startCli(environment, 'projections', 'status', '--watch', '--json');
      const lines = createInterface({ input: child.stdout });
      await once(lines, 'line');
      await once(lines, 'line');
      child.kill('SIGINT');
      expect((await outcome).code).toBe(130);
    });

    it('pause and resume do, once', async () => {
      expect(await run('projections', 'pause', 'content-popularity')).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^content-popularity is paused at position \d+\. To go on: eventfold /),
      });
      expect(await statusOf('content-popularity')).toMatchObject({ status: 'paused' });
      expect((await run('projections', 'status')).out).toContain(
        '\ncontent-popularity: Paused by an operator\n',
      );
      expect(await run('projections', 'pause', 'content-popularity')).toMatchObject({
        code: 1,
        err: expect.stringContaining('content-popularity is paused already'),
      });
      expect(await runJson('projections', 'resume', 'content-popularity')).toMatchObject({
        name: 'content-popularity',
        status: 'running',
      });
      expect((await run('projections', 'resume', 'content-popularity')).code).toBe(1);
    });

    it('rebuild begins one, and in a pipe leaves it at that', async () => {
      const begun = await run('projections', 'rebuild', 'content-popularity');
      expect(begun).toEqual({ code: 0, out: 'The rebuild of content-popularity is under way.\n', err: '' });
      await eventually(async () =>
        expect(await statusOf('content-popularity')).toMatchObject({ rebuild: null, lastRebuild: {} }),
      );
    });

    it('rebuild --follow waits for the exchange, and prints what became different', async () => {
      const userId = await register();
      await service.database.query(`update eventfold.user_profiles set name = 'Eve' where user_id = $1`, [
        userId,
      ]);
      const { code, out, err } = await run('projections', 'rebuild', 'user-profile', '--follow');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(/^user-profile is rebuilt: queries see the new rows\.\n/);
      expect(out).toMatch(/^eventfold\.user_profiles +\d+ +1 +0 +0$/m);
      expect(out).toMatch(new RegExp(`^${userId} +name +Eve +Ada$`, 'm'));
      expect((await service.api.get(`/users/${userId}/profile`)).body.name).toBe('Ada');
    });

    it('rebuild --hold stops before the exchange, until --release', async () => {
      const held = await run('projections', 'rebuild', 'user-profile', '--hold', '--follow');
      expect(held.code).toBe(0);
      expect(held.out).toMatch(/^user-profile is rebuilt and held: /);
      expect(held.err).toContain('eventfold projections rebuild user-profile --release');
      expect((await run('projections', 'status')).out).toMatch(/^user-profile .* held$/m);
      expect(await run('projections', 'rebuild', 'user-profile')).toMatchObject({
        code: 1,
        err: expect.stringContaining('is being rebuilt already'),
      });
      const status = await runJson('projections', 'rebuild', 'user-profile', '--release', '--follow');
      expect(status).toMatchObject({ rebuild: null, lastRebuild: { tables: [{ differing: 0 }] } });
    });

    it('rebuild --cancel ends one', async () => {
      expect((await run('projections', 'rebuild', 'user-profile', '--hold')).code).toBe(0);
      expect(await run('projections', 'rebuild', 'user-profile', '--cancel')).toMatchObject({
        code: 0,
        out: expect.stringContaining('cancelled'),
      });
      expect((await statusOf('user-profile')).rebuild).toBeNull();
      expect((await run('projections', 'rebuild', 'user-profile', '--cancel')).code).toBe(1);
    });

    it('says, when it no longer follows, that the rebuild goes on', async () => {
      // The exchange waits for this reader, so the rebuild is not over before the signal.
      await service.database.query('begin');
      await service.database.query('select count(*) from eventfold.user_profiles');
      const environment = { DATABASE_URL: service.database.url };
      const rebuild = ['projections', 'rebuild', 'user-profile', '--follow'];
      const { outcome, interrupt } = startEventfold({ environment }, ...rebuild);
      await eventually(async () => expect((await statusOf('user-profile')).rebuild).not.toBeNull());
      interrupt();
      const { code, out, err } = await outcome;
      await service.database.query('rollback');
      expect({ code, out }).toEqual({ code: 130, out: '' });
      expect(err).toMatch(/the rebuild goes on.*--cancel/);
      await eventually(async () => expect((await statusOf('user-profile')).rebuild).toBeNull());
    });

    it('parked list, retry and skip show what cannot be folded, try it again and leave it out', async () => {
      expect(await run('parked', 'list', 'user-profile')).toEqual({
        code: 0,
        out: '',
        err: 'Nothing is parked in user-profile.\n',
      });
      const [one, other] = [await parkedUser(), await parkedUser()].toSorted();

      const { out } = await run('parked', 'list', 'user-profile');
      expect(out).toMatch(/^key +position +event +waiting +tries +parked at +error\n/);
      expect(out).toMatch(
        new RegExp(`^${one} +\\d+ +user\\.subscribed +2 +\\d+ +20\\S+Z +.*subscription_plan`, 'm'),
      );
      const page = await runJson('parked', 'list', 'user-profile', '--limit', '1');
      expect(page).toMatchObject({ items: [{ key: one, event: { data: { plan: null } } }], nextCursor: one });
      expect(await runJson('parked', 'list', 'user-profile', '--after', one!)).toMatchObject({
        items: [{ key: other }],
        nextCursor: null,
      });

      const retried = await run('parked', 'retry', 'user-profile', one!);
      expect(retried).toMatchObject({ code: 1, err: '' });
      expect(retried.out).toMatch(
        new RegExp(`^${one}: STILL PARKED at position \\d+, 0 events folded: .*null`),
      );
      const all = await run('parked', 'retry', 'user-profile', '--all', '--json');
      expect(all.code).toBe(1);
      expect(
        all.out
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toMatchObject([
        { key: one, folded: 0, parked: {} },
        { key: other, folded: 0, parked: {} },
      ]);

      expect(await run('parked', 'skip', 'user-profile', one!)).toEqual({
        code: 0,
        out: `${one}: free, 1 event folded\n`,
        err: '',
      });
      expect(await runJson('parked', 'skip', 'user-profile', other!)).toEqual({ key: other, folded: 1 });
      expect((await service.api.get(`/users/${one}/profile`)).body.isActive).toBe(false);
      expect(await run('parked', 'skip', 'user-profile', one!)).toEqual({
        code: 1,
        out: '',
        err: `eventfold: "${one}" is not parked in projection "user-profile".\n`,
      });
      expect((await run('parked', 'retry', 'user-profile', '--all')).err).toBe(
        'Nothing is parked in user-profile.\n',
      );
    });
  });
});
