import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  DomainEvent,
  ErasureService,
  EventStore,
  personal,
  SubjectErasedError,
} from '../../src/event-sourcing/index.js';
import { SubjectKeys } from '../../src/event-sourcing/privacy/subject-keys.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

interface Data {
  userId: string;
  name: string;
  index: number;
}

class Renamed extends DomainEvent<'test.renamed', Data> {
  static readonly type = 'test.renamed';
  static override readonly personal = personal<Data>({ subject: 'userId', fields: { name: 'erased' } });
  readonly type = Renamed.type;
}

class Seen extends DomainEvent<'test.seen', { userId: string }> {
  static readonly type = 'test.seen';
  readonly type = Seen.type;
}

describe('the fence of an erased person', () => {
  let service: TestService;
  let store: EventStore;
  let erasures: ErasureService;
  beforeEach(async () => {
    service = await startTestService();
    [store, erasures] = [service.app.get(EventStore), service.app.get(ErasureService)];
  });
  afterEach(() => service.stop());

  const rename = (userId: string, index = 0) =>
    store.appendToStream(`test-${userId}-${index % 8}`, 'any', [new Renamed({ userId, name: 'Ann', index })]);

  it('refuses personal data of that person alone, and all else goes on', async () => {
    const [erased, other] = [randomUUID(), randomUUID()];
    await rename(erased);
    await erasures.request(erased);
    const outcomes = await Promise.allSettled([
      rename(erased),
      ...Array.from({ length: 20 }, (_, index) => rename(other, index)),
      store.appendToStream(`test-${erased}`, 'any', [new Seen({ userId: erased })]),
    ]);
    const [first, ...others] = outcomes;
    expect(first).toMatchObject({ status: 'rejected', reason: expect.any(SubjectErasedError) });
    expect(others.map(({ status }) => status)).toEqual(others.map(() => 'fulfilled'));
  });

  it('stands for appends that were decided before: none has personal data after it, and none that was told is lost', async () => {
    for (let round = 0; round < 3; round++) {
      const subject = randomUUID();
      await rename(subject);
      const told: string[] = [];
      const commands = Array.from({ length: 200 }, async (_, index) => {
        try {
          told.push((await rename(subject, index)).eventId);
        } catch (error) {
          if (!(error instanceof SubjectErasedError)) throw error;
        }
      });
      const { position } = await erasures.request(subject);
      await Promise.all(commands);
      const stored = await service.database.query<{ id: string; position: number }>(
        `select event_id as id, global_position::float8 as position from eventfold.events
          where event_type = 'test.renamed' and event_data ->> 'userId' = $1`,
        [subject],
      );
      const after = stored.filter((event) => event.position > position);
      expect(after).toEqual([]);
      expect(stored.map(({ id }) => id)).toEqual(expect.arrayContaining(told));
    }
  });

  it('leaves no key behind, however many appends ask for one', async () => {
    const subject = randomUUID();
    const commands = Array.from({ length: 50 }, (_, index) => rename(subject, index));
    const { id } = await erasures.request(subject);
    await Promise.allSettled(commands);
    expect(await erasures.settled(id, 20_000)).toBe(true);
    await expect(rename(subject)).rejects.toThrow(SubjectErasedError);
    const keys = await service.database.query(
      `select from eventfold.subject_keys where subject = $1 and destroyed_at is null`,
      [subject],
    );
    expect(keys).toEqual([]);
  });

  it('holds for a key that was being read while it was destroyed', async () => {
    const subject = randomUUID();
    await rename(subject);
    const keys = service.app.get(SubjectKeys);
    const { id } = keys.ofSubject(subject)!;
    keys.forget();
    const [loading, making] = [keys.load([id]), keys.make([subject])];
    keys.drop([id]);
    expect((await loading).get(id)).toEqual({ id, secret: undefined });
    expect((await making).get(subject)).toEqual({ id, secret: undefined });
    expect([keys.inMemory(id)?.secret, keys.ofSubject(subject)]).toEqual([undefined, undefined]);
  });

  it('does not outlive the server that destroyed the key: another one may have it', async () => {
    const subject = randomUUID();
    await rename(subject);
    const keys = service.app.get(SubjectKeys);
    const { id } = keys.ofSubject(subject)!;
    keys.drop([id]);
    keys.forget(); // as after a failover
    expect((await keys.load([id])).get(id)!.secret).toBeDefined();
    await rename(subject);
  });

  it('keeps no key in memory that was read before all were forgotten', async () => {
    const subject = randomUUID();
    await rename(subject);
    const keys = service.app.get(SubjectKeys);
    const { id } = keys.ofSubject(subject)!;
    keys.forget();
    const loading = keys.load([id]);
    keys.forget(); // a destruction may have been told while nobody listened
    expect((await loading).get(id)!.secret).toBeDefined();
    expect([keys.inMemory(id), keys.ofSubject(subject)]).toEqual([undefined, undefined]);
  });

  it('is lowered by an explicit act, and then personal data is taken again', async () => {
    const subject = randomUUID();
    await rename(subject);
    const { id } = await erasures.request(subject);
    await erasures.settled(id, 20_000);
    expect(await erasures.lift(subject)).toBe(true);
    await rename(subject);
    expect(await erasures.isErased(subject)).toBe(false);
  });

  it('needs no second erasure: a repeated request keeps the first', async () => {
    const subject = randomUUID();
    const [one, other] = await Promise.all([erasures.request(subject), erasures.request(subject)]);
    expect(other.id).toBe(one.id);
  });
});
