/** Personal fields of events: encrypted in the database, plain in the process. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { SubjectKeys } from '../../src/event-sourcing/for-service.js';
import { Database } from '../../src/event-sourcing/postgres/database.js';
import { EventRegistry, LogVerifier, Rehearsal, StreamStates } from '../../src/event-sourcing/index.js';
import {
  createMembers,
  masterKey,
  MemberJoined,
  MemberRow,
  MemberVisited,
  MemberVouched,
  type MembersHost,
  startMembersHost,
} from '../support/hosts/members-host.js';
import { placesOf } from '../support/log/places-of.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { eventually } from '../support/eventually.js';

const ANN = 'Ann Lovelace-Byron';
const ADDRESS = 'ann.lovelace@example.org';

let database: TestDatabase;
let host: MembersHost;
const privacy = { masterKeys: [masterKey(1)] };

beforeEach(async () => {
  database = await createTestDatabase();
  await createMembers(database);
  host = await startMembersHost(database, { privacy });
});
afterEach(async () => {
  await host.stop();
  await database.drop();
});

const join = (id: string = randomUUID(), name = ANN) =>
  host.store.appendToStream(`member-${id}`, 'no-stream', [
    new MemberJoined({ memberId: id, name, email: ADDRESS, club: 'chess' }),
  ]);

const storedData = async (): Promise<any[]> =>
  (await database.query<{ event_data: object }>('select event_data from eventfold.events order by 1')).map(
    ({ event_data }) => event_data,
  );

/** Another process, without anything in memory. */
async function restarted(): Promise<MembersHost> {
  await host.stop();
  host = await startMembersHost(database, { privacy });
  return host;
}

describe('an event with personal fields', () => {
  it('is stored with them encrypted, and with all others as they are', async () => {
    const id = randomUUID();
    await join(id);
    const [data] = await storedData();
    const sealed = { $personal: 1, key: expect.any(String), value: expect.any(String) };
    expect(data).toEqual({ memberId: id, club: 'chess', name: sealed, email: sealed });
    expect(data.name.key).toBe(data.email.key);
  });

  it('leaves its plaintext in the row of the read model, and in no other column of the schema', async () => {
    const { position } = await join();
    await host.folded(position);
    expect(await placesOf(database, ANN)).toEqual(['members.name']);
    expect(await placesOf(database, ADDRESS)).toEqual(['members.email']);
  });

  it('is read with them, by aggregates and by projections, also of another process', async () => {
    const id = randomUUID();
    const { position } = await join(id);
    await host.folded(position);
    await restarted();
    expect((await host.members.find(id))!.state).toEqual({ name: ANN, email: ADDRESS, visits: 0 });
    expect(await rowOf(id)).toEqual({ id, name: ANN, email: ADDRESS });
  });

  it('has only those that it is given', async () => {
    const id = randomUUID();
    await host.store.appendToStream(`member-${id}`, 'no-stream', [
      new MemberJoined({ memberId: id, name: ANN, club: 'go' }),
    ]);
    await restarted();
    expect((await host.members.find(id))!.state).toMatchObject({ name: ANN, email: null });
  });

  it('may be about several persons, each with a key of its own', async () => {
    const data = {
      memberId: randomUUID(),
      remark: { text: 'knows openings' },
      byId: randomUUID(),
      byName: 'Bob',
    };
    const { position } = await host.store.appendToStream('vouching', 'any', [new MemberVouched(data)]);
    const [stored] = await storedData();
    expect(stored.remark.key).not.toBe(stored.byName.key);
    await restarted();
    expect(await revived(position)).toMatchObject({ data });
    await destroy(data.byId);
    expect(await revived(position)).toMatchObject({ data: { ...data, byName: 'erased' } });
    await destroy(data.memberId);
    expect(await revived(position)).toMatchObject({ data: { ...data, byName: 'erased', remark: null } });
  });

  it('is refused without a subject', async () => {
    const event = new MemberJoined({ memberId: '', name: ANN, club: 'chess' });
    await expect(host.store.appendToStream('nobody', 'any', [event])).rejects.toThrow(
      'The personal field "name" of an event of type "member.joined" is about the subject in "memberId", which is "": ' +
        'it must be a text that is not empty.',
    );
    expect(await storedData()).toEqual([]);
  });

  it('is encrypted, too, when it is appended by its type alone', async () => {
    const event = { type: 'member.joined', data: { memberId: 'm-1', name: ANN, club: 'chess' } };
    await host.store.appendEach([{ streamId: 'member-m-1', event }]);
    expect(await placesOf(database, ANN)).not.toContain('events.event_data');
  });

  it('is encrypted in a transaction of the caller, whose key is committed before', async () => {
    const id = randomUUID();
    await host.app.get(DataSource).transaction(async (manager) => {
      const event = new MemberJoined({ memberId: id, name: ANN, club: 'chess' });
      await host.store.appendToStream(`member-${id}`, 'no-stream', [event], { manager, at: 'commit' });
      expect(await database.query('select subject from eventfold.subject_keys')).toEqual([{ subject: id }]);
      expect((await host.members.find(id, manager))!.state.name).toBe(ANN);
    });
    await restarted();
    expect((await host.members.find(id))!.state.name).toBe(ANN);
  });

  it('is verified, rehearsed and shown with its states', async () => {
    const id = randomUUID();
    await join(id);
    await restarted();
    const verified = await host.app
      .get(LogVerifier)
      .verify({ signal: new AbortController().signal, onPage: () => undefined });
    expect(verified.fault).toBeUndefined();
    await restarted();
    await expect(host.app.get(Rehearsal).run()).resolves.toMatchObject({ ok: true, read: 1 });
    await restarted();
    const { items } = await host.app.get(StreamStates).read(`member-${id}`);
    expect(items[0]!.state).toMatchObject({ name: ANN });
  });
});

describe('a stored value', () => {
  it('is not read at another event or field', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await join(one);
    await join(other, 'Bob');
    await changeEvents(
      `update eventfold.events e set event_data = jsonb_set(e.event_data, '{name}', o.event_data -> 'name')
         from eventfold.events o where e.stream_id = 'member-${one}' and o.stream_id = 'member-${other}'`,
    );
    await restarted();
    await expect(host.members.find(one)).rejects.toMatchObject({
      code: 'personal-value-broken',
      message: expect.stringContaining('The personal field "name" of member.joined (stream member-'),
    });
    expect((await host.members.find(other))!.state.name).toBe('Bob');
    await changeEvents(
      `update eventfold.events set event_data = jsonb_set(event_data, '{email}', event_data -> 'name')
        where stream_id = 'member-${other}'`,
    );
    await restarted();
    await expect(host.members.find(other)).rejects.toMatchObject({ code: 'personal-value-broken' });
  });

  it('whose key was lost is no erased one', async () => {
    const id = randomUUID();
    await join(id);
    await database.query('delete from eventfold.subject_keys');
    await restarted();
    await expect(host.members.find(id)).rejects.toMatchObject({ code: 'personal-key-missing' });
  });

  it('of an event that was stored plain is read as it is', async () => {
    const id = randomUUID();
    await database.query(
      `insert into eventfold.events
         (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
       values (1, $1, 1, gen_random_uuid(), 'member.joined', $2,
               '{"correlationId":"c","causationId":"c","schemaVersion":1}', now())`,
      [`member-${id}`, { memberId: id, name: ANN, club: 'chess' }],
    );
    expect((await host.members.find(id))!.state.name).toBe(ANN);
  });
});

describe('a destroyed key', () => {
  it('leaves what the class declares, in every process', async () => {
    const id = randomUUID();
    const { position } = await join(id);
    const other = await startMembersHost(database, { privacy, cache: false });
    try {
      expect((await other.members.find(id))!.state.name).toBe(ANN);
      const keyIds = await destroy(id);
      expect(keyIds).toHaveLength(1);
      await eventually(async () => {
        expect((await other.members.find(id))!.state).toEqual({ name: 'erased', email: null, visits: 0 });
      });
      expect((await revived(position)).data).toMatchObject({ name: 'erased', email: null, club: 'chess' });
      const rows = await database.query(
        'select wrapped, destroyed_at is not null as is from eventfold.subject_keys',
      );
      expect(rows).toEqual([{ wrapped: null, is: true }]);
    } finally {
      await other.stop();
    }
  });

  it('is another one than the next of the same subject', async () => {
    const id = randomUUID();
    const { position } = await join(id);
    await destroy(id);
    const event = new MemberJoined({ memberId: id, name: 'Ann again', club: 'go' });
    const again = await host.store.appendToStream(`member-${id}`, 1, [event]);
    await restarted();
    expect((await revived(position)).data).toMatchObject({ name: 'erased' });
    expect((await revived(again.position)).data).toMatchObject({ name: 'Ann again' });
  });
});

describe('keys', () => {
  it('are made once for each subject, whoever comes first', async () => {
    const other = await startMembersHost(database, { privacy });
    const subjects = Array.from({ length: 50 }, () => randomUUID());
    try {
      const vouched = (from: MembersHost, id: string) =>
        from.store.appendToStream(`of-${id}`, 'any', [
          new MemberJoined({ memberId: id, name: ANN, club: 'chess' }),
        ]);
      await Promise.all(subjects.flatMap((id) => [vouched(host, id), vouched(other, id), vouched(host, id)]));
    } finally {
      await other.stop();
    }
    const [{ keys }] = (await database.query('select count(*)::int as keys from eventfold.subject_keys')) as [
      { keys: number },
    ];
    expect(keys).toBe(subjects.length);
    await restarted();
    const events = await host.store.readAll();
    const registry = host.app.get(EventRegistry);
    await registry.prepare(events);
    expect(events.map((event) => (registry.revive(event).data as { name: string }).name)).toEqual(
      Array(150).fill(ANN),
    );
  });

  it('come while transactions of callers have every connection of the pool', async () => {
    await host.stop();
    host = await startMembersHost(database, { privacy, poolSize: 3, projections: false });
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    let open = 0;
    await Promise.all(
      ids.map((id) =>
        host.app.get(DataSource).transaction(async (manager) => {
          open++;
          await eventually(() => expect(open).toBe(ids.length));
          const event = new MemberJoined({ memberId: id, name: ANN, club: 'chess' });
          await host.store.appendToStream(`member-${id}`, 'any', [event], { manager, at: 'commit' });
        }),
      ),
    );
    expect(await storedData()).toHaveLength(ids.length);
  });

  it('come when the server has no connection beside the pool in time, and one of the pool becomes free', async () => {
    const beside = jest
      .spyOn(host.app.get(Database), 'besidePool')
      .mockImplementation(() => Promise.reject(new Error('timeout expired')));
    const dataSource = host.app.get(DataSource);
    const runners = Array.from({ length: 6 }, () => dataSource.createQueryRunner());
    await Promise.all(runners.map((runner) => runner.connect()));
    const secret = host.app.get(SubjectKeys).secret('of-a-test');
    await eventually(() => expect(beside).toHaveBeenCalled());
    await runners.pop()!.release();
    expect((await secret).symmetricKeySize).toBe(32);
    for (const runner of runners) await runner.release();
  });
});

describe('an event without personal fields', () => {
  it('asks for no key', async () => {
    await host.store.appendToStream('visits', 'any', [new MemberVisited({ memberId: 'm-1' })]);
    expect(await database.query('select from eventfold.subject_keys')).toEqual([]);
  });
});

const rowOf = (id: string) => host.app.get(DataSource).getRepository(MemberRow).findOneBy({ id });

async function revived(position: number) {
  const registry = host.app.get(EventRegistry);
  const [event] = await host.store.readPositions([position]);
  await registry.prepare([event!]);
  return registry.revive(event!);
}

async function destroy(subject: string): Promise<string[]> {
  const keys = host.app.get(SubjectKeys);
  const ids = await host.app.get(DataSource).transaction((manager) => keys.destroy(subject, manager));
  keys.drop(ids);
  return ids;
}

/** What only the owner of the tables can do. */
async function changeEvents(statement: string): Promise<void> {
  await database.query('alter table eventfold.events disable trigger user');
  await database.query(statement);
  await database.query('alter table eventfold.events enable trigger user');
}
