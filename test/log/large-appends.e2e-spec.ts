import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { singleBatch } from '../../src/event-sourcing/log/append/append-batch.js';
import {
  ANY_VERSION,
  STREAM_EXISTS,
  type AppendRow,
} from '../../src/event-sourcing/log/append/append-row.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/**
 * The version of a stream is looked up from the end of its index entries, where the rows stand that the same statement
 * has written and cannot see yet. A lookup for each event walked past all of them: 8,000 events took 3.4 s, and the log
 * was locked meanwhile. (Pages are the same on every machine, time is not.)
 */
describe('an append of thousands of events', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it.each([
    ['the version that it expects', 2],
    ['"stream-exists"', STREAM_EXISTS],
    ['"any"', ANY_VERSION],
  ])('to an existing stream, with %s, reads as many pages an event as a smaller one', async (_, expected) => {
    const smaller = await pagesPerEvent(500, expected);
    const larger = await pagesPerEvent(4_000, expected);
    expect(larger).toBeLessThan(smaller * 1.5);
  });

  it('to a new stream at any version reads as many pages an event as a smaller one', async () => {
    const smaller = await pagesPerEvent(500, ANY_VERSION, randomUUID());
    const larger = await pagesPerEvent(4_000, ANY_VERSION, randomUUID());
    expect(larger).toBeLessThan(smaller * 1.5);
  });

  it.each([1, 2, 40])(
    'of %i an existing and a new stream, in turn, numbers both from their versions',
    async (count) => {
      const [existing, fresh] = [await existingStream(), randomUUID()];
      const rows = Array.from({ length: count }, () => [
        row(existing, ANY_VERSION),
        row(fresh, ANY_VERSION),
      ]).flat();
      const [, , ...versions] = await append(rows);
      expect(versions).toEqual(Array.from({ length: count }, (_, index) => [index + 3, index + 1]).flat());
      expect(await versionsOf(existing)).toEqual(Array.from({ length: count + 2 }, (_, index) => index + 1));
      expect(await versionsOf(fresh)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    },
  );

  it.each([
    ['expects the version before', 1],
    ['expects a later version', 3],
    ['expects a stream that exists', STREAM_EXISTS],
    ['expects a new stream', 0],
  ])('is refused as a whole when it %s', async (_, expected) => {
    const stream = expected === STREAM_EXISTS ? randomUUID() : await existingStream();
    const before = await versionsOf(stream);
    const refused = append(Array.from({ length: 40 }, () => row(stream, expected)));
    await expect(refused).rejects.toMatchObject({ code: '23505' });
    expect(await versionsOf(stream)).toEqual(before);
  });

  async function pagesPerEvent(events: number, expected: number, stream?: string): Promise<number> {
    const to = stream ?? (await existingStream());
    const rows = Array.from({ length: events }, () => row(to, expected));
    const { rows: plans } = await client.query(
      `explain (analyze, buffers, format json) ${CALL}`,
      columnsOf(rows),
    );
    const { Plan: plan } = plans[0]['QUERY PLAN'][0];
    return (plan['Shared Hit Blocks'] + plan['Shared Read Blocks']) / events;
  }

  async function existingStream(): Promise<string> {
    const stream = randomUUID();
    await append([row(stream, 0), row(stream, 0)]);
    return stream;
  }

  async function append(rows: AppendRow[]): Promise<number[]> {
    const { rows: answers } = await client.query(CALL, columnsOf(rows));
    return answers[0].places.map(Number);
  }

  async function versionsOf(stream: string): Promise<number[]> {
    const sql = 'select stream_version from eventfold.events where stream_id = $1 order by global_position';
    return (await client.query(sql, [stream])).rows.map((event) => event.stream_version);
  }
});

const CALL = 'select eventfold.append_together($1, $2, $3, $4, $5, $6, $7, $8) as places';

const columnsOf = (rows: AppendRow[]) => singleBatch(rows, undefined).toColumns();

const row = (stream_id: string, expected: number): AppendRow => ({
  append: 0,
  stream_id,
  expected,
  event_id: randomUUID(),
  event_type: 'note.taken',
  event_data: {},
  metadata: { correlationId: 'c', causationId: 'c', schemaVersion: 1 },
  ownId: true,
});
