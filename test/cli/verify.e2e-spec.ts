import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventfold, startEventfold } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { write } from '../support/log/log-writer.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const EVENTS = 'eventfold.events';

describe('eventfold log verify', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const verify = (...args: string[]) => eventfold({ DATABASE_URL: database.url }, 'log', 'verify', ...args);
  const verifyJson = async () => {
    const { code, out, err } = await verify('--json');
    expect(err).toBe('');
    return { code, ...JSON.parse(out) };
  };
  /** a1 b1 a2 b2 a3 b3 ..., at positions 1, 2, 3 ... */
  const writeLog = async (count = 8) => {
    const stream = (number: number) => (number % 2 === 0 ? 'content-a' : 'content-b');
    for (let written = 0; written < count; written += 400) {
      const numbers = Array.from({ length: Math.min(400, count - written) }, (_, index) => index);
      await write(database, ...numbers.map((number) => ({ stream: stream(number) })));
    }
  };
  const tamper = async (sql: string) => {
    await database.query(`alter table ${EVENTS} disable trigger user`);
    await database.query(sql);
    await database.query(`alter table ${EVENTS} enable trigger user`);
  };

  it('finds nothing wrong with a log that only the service has written, over several pages', async () => {
    await writeLog(2_500);
    const { code, out, err } = await verify();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/The log is sound\.\n +events +2,500, .*1 to 2,500\n +streams +2\n/);
    expect(await verifyJson()).toEqual({
      code: 0,
      ok: true,
      head: 2_500,
      events: 2_500,
      streams: 2,
      digest: expect.stringMatching(/^2500:[0-9a-f]{64}$/),
      seconds: expect.any(Number),
    });
  });

  const drop = (constraint: string) => `alter table ${EVENTS} drop constraint ${constraint};`;
  const set = (position: number, change: string) =>
    `update ${EVENTS} set ${change} where global_position = ${position};`;

  it.each([
    [
      'an event is gone',
      `delete from ${EVENTS} where global_position = 3`,
      { code: 'position-gap', position: 3 },
      2,
    ],
    [
      'the first events are gone',
      `delete from ${EVENTS} where global_position < 5`,
      { code: 'position-gap', position: 1 },
      0,
    ],
    [
      'a position is taken twice',
      drop('events_pkey') + set(6, 'global_position = 5'),
      { code: 'position-repeated', position: 5 },
      5,
    ],
    [
      'a version is missing',
      set(7, 'stream_version = 5'),
      { code: 'version-gap', position: 7, streamId: 'content-a', version: 5 },
      6,
    ],
    [
      'a stream does not begin with version 1',
      set(1, `stream_id = 'content-c'`),
      { code: 'version-gap', position: 3, streamId: 'content-a', version: 2 },
      2,
    ],
    [
      'versions are in another order than positions',
      set(1, 'stream_version = 9') + set(3, 'stream_version = 1') + set(1, 'stream_version = 2'),
      { code: 'version-order', position: 1, streamId: 'content-a', version: 2 },
      0,
    ],
    [
      'a version is taken twice',
      drop('events_stream_id_stream_version_key') + set(7, 'stream_version = 3'),
      { code: 'version-repeated', position: 5, streamId: 'content-a', version: 3 },
      4,
    ],
    [
      'an event id is taken twice',
      drop('events_event_id_key') +
        set(8, `event_id = (select event_id from ${EVENTS} where global_position = 2)`),
      { code: 'event-id-repeated', position: 2 },
      1,
    ],
    ['time runs backwards', set(4, `"timestamp" = '2020-01-01'`), { code: 'time-backwards', position: 4 }, 3],
    ['a time is none', set(4, `"timestamp" = 'infinity'`), { code: 'unreadable', position: 4 }, 3],
    [
      'a type is unknown',
      set(4, `event_type = 'film.forgotten'`),
      { code: 'unknown-event-type', position: 4, streamId: 'content-b', version: 2 },
      3,
    ],
    [
      'a schema version is of the future',
      set(4, `metadata = jsonb_set(metadata, '{schemaVersion}', '7')`),
      { code: 'unknown-schema-version', position: 4 },
      3,
    ],
    ['metadata are none', set(4, `metadata = 'null'`), { code: 'unreadable', position: 4 }, 3],
    ['a constraint is gone', drop('events_event_id_key'), { code: 'guard-missing' }, 8],
  ])('says so, with exit code 1, when %s', async (_, sql, fault, sound) => {
    await writeLog();
    await tamper(sql);
    const found = await verifyJson();
    expect(found).toMatchObject({ code: 1, ok: false, events: sound, fault });
  });

  const digestNow = async (): Promise<string> => (await verifyJson()).digest;

  it('ends with a digest, which holds while the log only grows, and from which the next verification goes on', async () => {
    expect(await digestNow()).toBe(`0:${'0'.repeat(64)}`);
    await writeLog(8);
    const early = await digestNow();
    await writeLog(6);
    const { out } = await verify('--expect', early);
    const late = /^ {2}digest +(14:[0-9a-f]{64})$/m.exec(out)![1]!;
    expect(JSON.parse((await verify('--json', '--from', early, '--expect', late)).out)).toMatchObject({
      ok: true,
      events: 6,
      digest: late,
    });
    expect((await verify('--from', late)).out).toMatch(/sound\.\n +events +0\n[^]*14:/);
    await tamper(set(7, `event_data = '{"rating": 1}'`));
    expect((await verify('--from', early)).code).toBe(0); // it trusts the events before its start
    const changed = await verify('--expect', early);
    expect(changed).toMatchObject({
      code: 1,
      out: expect.stringMatching(/digest-differs[^]*positions 1 and 8/),
    });
    for (const [args, told] of [
      [['--expect', '8:abc'], /--expect is "8:abc": it must be a position and its digest/],
      [['--from', late, '--expect', early], /--expect is before --from/],
    ] as const) {
      const { code, err } = await verify(...args);
      expect([code, err]).toEqual([2, expect.stringMatching(told)]);
    }
  });

  it('finds the one row that cannot be read', async () => {
    await writeLog(30);
    await database.query(
      `create function eventfold.damaged() returns jsonb stable language plpgsql as $$ begin
         raise 'invalid page in block 7' using errcode = 'data_corrupted'; end $$;
       alter table ${EVENTS} rename to intact;
       create view ${EVENTS} as
         select global_position, stream_id, stream_version, event_id, event_type, metadata, "timestamp",
                case global_position when 14 then eventfold.damaged() else event_data end as event_data
           from eventfold.intact`,
    );
    const { code, events, fault } = await verifyJson();
    expect({ code, events }).toEqual({ code: 1, events: 13 });
    expect(fault).toMatchObject({
      code: 'unreadable',
      position: 14,
      message: expect.stringContaining('block 7'),
    });
  });

  it('finds a row that an index does not lead to, although the constraint stands', async () => {
    await writeLog(4);
    const ready = (value: boolean) =>
      `update pg_index set indisready = ${value} where indexrelid = 'eventfold.events_event_id_key'::regclass`;
    await database.query(ready(false));
    await write(database, { stream: 'content-a' });
    await database.query(ready(true));
    expect(await verifyJson()).toMatchObject({ code: 1, fault: { code: 'index-broken', position: 5 } });
  });

  it('finds that the trigger is switched off', async () => {
    await database.query(`alter table ${EVENTS} disable trigger user`);
    const { code, out } = await verify();
    expect(code).toBe(1);
    expect(out).toMatch(/guard-missing[^]*events_are_facts/);
  });

  it('tells what, where and what it means, and lets no stored text reach the terminal raw', async () => {
    await write(database, { stream: 'content-\u001b[2Jx' });
    await tamper(set(1, 'stream_version = 2'));
    expect(await verify()).toEqual({
      code: 1,
      err: '',
      out: String.raw`FAULT     version-gap
  what    Version 1 of stream content-\u001b[2Jx is missing, before version 2.
  where   position 1, stream content-\u001b[2Jx, version 2
  means   The aggregate is rebuilt without a part of what it decided.
  before  0 events are sound
`,
    });
  });

  it('ends with 130 after Ctrl-C, and without a result', async () => {
    await writeLog();
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query(`begin; lock table ${EVENTS} in access exclusive mode`);
    const environment = { DATABASE_URL: database.url };
    const { outcome, interrupt } = startEventfold({ environment }, 'log', 'verify');
    await eventually(async () => {
      const waiting = await database.query(
        `select from pg_locks where not granted and relation = '${EVENTS}'::regclass`,
      );
      expect(waiting).toHaveLength(1);
    });
    interrupt();
    await holder.query('rollback');
    await holder.end();
    expect(await outcome).toMatchObject({ code: 130, out: '' });
  });
});
