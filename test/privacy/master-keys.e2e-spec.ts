/** Where the keys of persons are safe: master keys, their rotation, a vault of the host's; and hosts without any. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { Rewrap } from '../../src/event-sourcing/for-service.js';
import type { EventSourcingOptions, KeyVault, PlainKey, WrappedKey } from '../../src/event-sourcing/index.js';
import { JetStreamModule } from '../../src/jetstream/jetstream.module.js';
import { eventfold } from '../support/cli.js';
import {
  createMembers,
  masterKey,
  Member,
  type MembersHost,
  startMembersHost,
} from '../support/hosts/members-host.js';
import { createTallies, startTallyHost } from '../support/hosts/tally-host.js';
import { startOn } from '../support/http/test-service.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
const hosts: MembersHost[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  await createMembers(database);
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  await database.drop();
});

async function start(privacy: EventSourcingOptions['privacy']): Promise<MembersHost> {
  const host = await startMembersHost(database, { projections: false, privacy });
  hosts.push(host);
  return host;
}

const nameOf = async (host: MembersHost, id: string) => (await host.members.find(id))?.state.name;
const join = (host: MembersHost, id: string) => host.members.create(Member.join(id, `Name of ${id}`));
const masters = async () =>
  (
    await database.query<{ master: number }>('select master_number as master from eventfold.subject_keys')
  ).map(({ master }) => master);
const signal = new AbortController().signal;

describe('master keys', () => {
  const [one, two] = [masterKey(1), masterKey(2)];

  it('are named by no sentence that refuses them, nor is what else has a secret', async () => {
    const secret = randomUUID();
    const wrong: object[] = [
      { masterKeys: `1:${secret}` },
      { masterKeys: [{ number: 1, key: secret }] },
      { masterKeys: { number: 1, key: secret } },
      { masterKeys: new Map([[1, secret]]) },
      { vault: { token: secret } },
      { keys: { url: `mysql://reader:${secret}@db` } },
    ];
    for (const privacy of wrong) {
      const { message } = await start(privacy).then(
        () => new Error('It has started.'),
        (error: Error) => error,
      );
      expect(message).toMatch(/privacy\.\w+ is something else: it must be /);
      expect(message).not.toContain(secret);
    }
    const servers = `http://user:${secret}@broker:4222`;
    expect(() => JetStreamModule.forRoot({ servers })).toThrow(
      /^JetStreamModule.forRoot: servers is something else: it must be one or more URLs such as ((?!http:).)+$/,
    );
  });

  it('of two processes are the same, or the second does not start', async () => {
    await join(await start({ masterKeys: [one] }), 'a');
    expect(await nameOf(await start({ masterKeys: [one] }), 'a')).toBe('Name of a');
    await expect(start({ masterKeys: [masterKey(1)] })).rejects.toThrow(
      'The master key 1 is another key than the one that has this number in the schema "eventfold"',
    );
    await expect(start({ masterKeys: [two] })).rejects.toThrow('The master key 1 is missing in the schema');
    await expect(start({ masterKeys: 'kept-in-database' })).rejects.toMatchObject({
      code: 'wrong-master-key',
    });
  });

  it('are rotated: a new one is put first, all keys are wrapped with it, and the old one is taken away', async () => {
    await join(await start({ masterKeys: [one] }), 'a');
    const both = await start({ masterKeys: [two, one] });
    await join(both, 'b');
    expect((await masters()).toSorted((first, second) => first - second)).toEqual([1, 2]);
    const told: number[] = [];
    const onProgress = ({ rewrapped }: { rewrapped: number }) => void told.push(rewrapped);
    expect(await both.app.get(Rewrap).run({ signal, onProgress })).toEqual({
      rewrapped: 1,
      total: 1,
      master: 2,
      forgotten: [],
    });
    expect(told.at(-1)).toBe(1);
    const after = await start({ masterKeys: [two] });
    expect([await nameOf(after, 'a'), await nameOf(after, 'b')]).toEqual(['Name of a', 'Name of b']);
  });

  it('can be kept in the database, on which any number of processes agree, and be taken out of it', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => start({ masterKeys: 'kept-in-database' })));
    await Promise.all(all.map((host, index) => join(host, String(index))));
    for (const id of ['0', '1', '2', '3']) expect(await nameOf(all[0]!, id)).toBe(`Name of ${id}`);
    const outside = await start({ masterKeys: [two] });
    expect(await nameOf(outside, '3')).toBe('Name of 3');
    await expect(outside.app.get(Rewrap).run({ signal })).resolves.toMatchObject({
      rewrapped: 4,
      forgotten: [1],
    });
    expect(await database.query('select from eventfold.master_keys where kept is not null')).toEqual([]);
    // One that has not been started again cannot write with a key that would be lost.
    await expect(join(all[0]!, 'late')).rejects.toThrow('was put out of use by "eventfold privacy rewrap"');
    expect(await nameOf(await start({ masterKeys: [two] }), '0')).toBe('Name of 0');
  });

  it.each([
    [{ masterKeys: [] }, 'privacy.masterKeys is []: it must be'],
    [{ masterKeys: [{ number: 0, key: one.key }] }, 'privacy.masterKeys is'],
    [
      { masterKeys: [{ number: 1, key: new Uint8Array(16) }] },
      'with numbers from 1 on, each once, and keys of 32 bytes',
    ],
    [{ masterKeys: [one, one] }, 'privacy.masterKeys is'],
    [
      { vault: {} as KeyVault },
      'privacy.vault is {}: it must be an object with the methods wrap and unwrap.',
    ],
    [{ vault: reversing(), masterKeys: [one] }, 'privacy.masterKeys and privacy.vault are both given'],
  ])('that are wrong are refused: %j', async (privacy, sentence) => {
    await expect(start(privacy)).rejects.toThrow(sentence);
  });
});

/** A vault that tells what it was asked. */
function reversing(master = 0) {
  const asked = { wrap: 0, unwrap: 0 };
  const turned = (bytes: Uint8Array) => Uint8Array.from(bytes).toReversed();
  return {
    asked,
    master,
    wrap: async (keys: readonly PlainKey[]) => {
      asked.wrap += keys.length;
      return keys.map(({ key }) => turned(key));
    },
    unwrap: async (keys: readonly WrappedKey[]) => {
      asked.unwrap += keys.length;
      return keys.map(({ wrapped }) => turned(wrapped));
    },
  };
}

describe('a vault of the host', () => {
  it('wraps new keys, unwraps those of others, and is rotated by its number', async () => {
    const first = reversing();
    await join(await start({ vault: first }), 'a');
    expect(first.asked).toEqual({ wrap: 1, unwrap: 0 });
    const second = reversing(1);
    const host = await start({ vault: second });
    expect(await nameOf(host, 'a')).toBe('Name of a');
    expect(second.asked).toEqual({ wrap: 0, unwrap: 1 });
    await expect(host.app.get(Rewrap).run({ signal })).resolves.toMatchObject({ rewrapped: 1, master: 1 });
    expect(await masters()).toEqual([1]);
  });
});

describe('a host', () => {
  it('with personal fields and without keys is refused', async () => {
    await expect(start(undefined)).rejects.toThrow(
      /^MemberJoined declares personal fields, and the event store has no keys to encrypt them with: give /,
    );
  });

  it('without personal fields asks for no key, and has none', async () => {
    await createTallies(database);
    const host = await startTallyHost(database);
    await host.folded(await host.tick('a', 3));
    await host.stop();
    for (const table of ['master_keys', 'subject_keys']) {
      const [seen] = await database.query<{ scans: number }>(
        `select coalesce(seq_scan, 0)::int + coalesce(idx_scan, 0)::int as scans from pg_stat_user_tables
          where schemaname = 'eventfold' and relname = $1`,
        [table],
      );
      expect(seen).toEqual({ scans: 0 });
    }
  });
});

describe('the service', () => {
  const text = (...keys: { number: number; key: Uint8Array }[]) =>
    keys.map(({ number, key }) => `${number}:${Buffer.from(key).toString('base64')}`).join(',');

  it('takes its master keys from PRIVACY_MASTER_KEY, and rewraps', async () => {
    const [one, two] = [masterKey(1), masterKey(2)];
    const service = await startOn(database.url, { PRIVACY_MASTER_KEY: text(one) });
    await service.app.get(DataSource).query('select 1');
    const { Api } = await import('../support/http/api.js');
    const { body } = await new Api(service.url).post('/users', { email: 'ann@example.org', name: 'Ann' });
    await service.stop();
    await expect(startOn(database.url)).rejects.toMatchObject({ code: 'wrong-master-key' });
    const environment = { DATABASE_URL: database.url, PRIVACY_MASTER_KEY: text(two, one) };
    const rewrapped = await eventfold(environment, 'privacy', 'rewrap');
    expect(rewrapped).toMatchObject({ code: 0, err: '' });
    expect(rewrapped.out).toContain('2 keys wrapped with master key 2; all are under it now.');
    const again = await startOn(database.url, { PRIVACY_MASTER_KEY: text(two) });
    const user = await new Api(again.url).get(`/users/${body.userId}`);
    await again.stop();
    expect(user.body).toMatchObject({ email: 'ann@example.org', name: 'Ann' });
  });
});
