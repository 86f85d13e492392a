import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ConcurrencyError, EventStore, InvalidAppendError } from '../../src/event-sourcing/index.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const WRITERS = 48;
const APPENDS = 25;

describe('appends that share commits', () => {
  let service: TestService;
  let store: EventStore;

  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off' });
    store = service.app.get(EventStore);
  });
  afterAll(() => service.stop());

  const noted = (text: string, eventId: string) => ({ type: 'test.noted', data: { text }, eventId });
  const cutConnections = () =>
    service.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'eventfold'`,
    );

  it('hold what each was told, with conflicts, bad payloads and lost connections among them', async () => {
    const acknowledged = new Map<string, number>();
    const refused = new Set<string>();
    const refusals = new Set<string>();
    const append = async (streamId: string, expected: number, text: string) => {
      const eventId = randomUUID();
      try {
        const { position } = await store.appendToStream(streamId, expected, [noted(text, eventId)]);
        acknowledged.set(eventId, position);
      } catch (error) {
        if (!(error instanceof ConcurrencyError || error instanceof InvalidAppendError)) throw error;
        refused.add(eventId);
        refusals.add(error.code);
      }
    };
    const writer = async (number: number) => {
      for (let version = 0; version < APPENDS; version++) {
        await append(`writer-${number}`, version, 'good');
        if (version % 5 === 1) await append(`writer-${number}`, version, 'late');
        if (version % 5 === 3) await append(`writer-${number}`, version + 1, 'bad \0');
        if (number === 0 && version % 8 === 0) await cutConnections();
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));

    const log = await service.database.query<{ event_id: string; position: number }>(
      'select event_id, global_position::integer as position from eventfold.events order by global_position',
    );
    expect(new Map(log.map(({ event_id, position }) => [event_id, position]))).toEqual(
      new Map([...acknowledged].toSorted(([, a], [, b]) => a - b)),
    );
    expect(log.map(({ position }) => position)).toEqual(log.map((_, index) => index + 1));
    expect(acknowledged.size).toBe(WRITERS * APPENDS);
    expect(log.filter(({ event_id }) => refused.has(event_id))).toEqual([]);
    expect(refusals).toEqual(new Set(['version-conflict', 'invalid-append']));
  });

  it('are fewer commits than appends', async () => {
    const transactions = async () => {
      const [row] = await service.database.query<{ ids: number }>(
        'select count(distinct xmin::text)::integer as ids from eventfold.events',
      );
      return row!.ids;
    };
    const before = await transactions();
    const appends = Array.from({ length: 300 }, (_, number) =>
      store.appendToStream(`shared-${number}`, 'no-stream', [noted('shared', randomUUID())]),
    );
    await Promise.all(appends);
    expect((await transactions()) - before).toBeLessThan(10);
  });
});
