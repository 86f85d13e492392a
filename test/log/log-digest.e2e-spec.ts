/** Changes that only a digest or the stored text shows: the owner of the table can change an event by the rules. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ModuleRef } from '@nestjs/core';
import { LogVerifier, type Verification } from '../../src/event-sourcing/index.js';
import { markOfText } from '../../src/event-sourcing/log/verify/log-digest.js';
import { eventfold } from '../support/cli.js';
import { write } from '../support/log/log-writer.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const EVENTS = 'eventfold.events';

describe('a log that its owner has changed', () => {
  let service: TestService;
  let verifier: LogVerifier;
  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off' });
    verifier = await service.app.get(ModuleRef).create(LogVerifier);
    for (let pair = 0; pair < 4; pair++) {
      await write(service.database, { stream: 'content-a' }, { stream: 'content-b', data: { rating: pair } });
    }
    await service.database.query(`create table public.kept as table ${EVENTS}`);
  });
  afterAll(() => service.stop());

  const verify = (expected?: string): Promise<Verification> => {
    const { signal } = new AbortController();
    const mark = expected === undefined ? undefined : markOfText(expected)!;
    return verifier.verify({ onPage: () => undefined, signal, ...(mark && { expect: mark }) });
  };
  const tamper = async (sql: string) => {
    await service.database.query(`alter table ${EVENTS} disable trigger user`);
    await service.database.query(sql);
    await service.database.query(`alter table ${EVENTS} enable trigger user`);
  };
  const restore = () => tamper(`truncate ${EVENTS}; insert into ${EVENTS} table public.kept`);
  const set = (position: number, change: string) =>
    `update ${EVENTS} set ${change} where global_position = ${position};`;
  const move = (from: number, to: number) => set(from, `global_position = ${to}`);
  const copyAt = (position: number) => `
    insert into ${EVENTS} select ${position}, 'content-new', 1, gen_random_uuid(), event_type, event_data, metadata,
           "timestamp" from public.kept where global_position = ${position};`;

  it.each([
    ['its data', set(5, `event_data = '{"rating": 4}'`)],
    ['how a number of it is written', set(5, `event_data = '{"rating": 5.0}'`)],
    ['its metadata', set(5, `metadata = metadata || '{"userId": "somebody"}'`)],
    ['its type', set(5, `event_type = 'content.watched'`)],
    ['its id', set(5, 'event_id = gen_random_uuid()')],
    ['its time, by a microsecond', set(8, `"timestamp" = "timestamp" + interval '1 us'`)],
    ['its stream', `update ${EVENTS} set stream_id = 'content-c' where stream_id = 'content-a'`],
    ['the order of two', move(1, 100) + move(2, 1) + move(100, 2)],
    ['one more, between', move(8, 9) + move(7, 8) + move(6, 7) + copyAt(6)],
    ['another one in its place', `delete from ${EVENTS} where global_position = 8; ${copyAt(8)}`],
    ['the last one, which is gone', `delete from ${EVENTS} where global_position = 8`, 'log-shorter'],
  ])('is found by a digest kept elsewhere, and by no rule: %s', async (_, sql, code = 'digest-differs') => {
    const { digest } = await verify();
    await tamper(sql);
    try {
      expect((await verify()).fault).toBeUndefined();
      expect((await verify(digest)).fault).toMatchObject({ code });
    } finally {
      await restore();
    }
    expect(await verify(digest)).toMatchObject({ events: 8, digest });
  });

  it('has numbers that JavaScript changes without a word: they are found, and the walk goes on', async () => {
    await tamper(
      set(2, `event_data = '{"rating": 5, "paid": [{"cents": 9007199254740993}]}'`) +
        set(3, `event_data = '{"share": 0.12345678901234567890}'`) +
        set(4, `metadata = metadata || '{"weight": 1e400}'`) +
        set(5, `event_data = '{"id": "9007199254740993", "exact": [9007199254740992, 0.1, 5.00]}'`),
    );
    const found = await verify();
    await restore();
    expect(found).toMatchObject({ events: 8, digest: expect.stringMatching(/^8:/) });
    expect(found.fault).toBeUndefined();
    expect(found.findings).toEqual([
      {
        code: 'inexact-number',
        events: 3,
        message:
          'The data at position 2 have the number 9007199254740993, which is 9007199254740992 in JavaScript.',
        meaning: expect.any(String),
        position: 2,
        streamId: 'content-b',
        version: 1,
      },
    ]);
  });

  it('has the same digest whatever the settings of the session', async () => {
    const { database } = service;
    await tamper(
      `update ${EVENTS} set "timestamp" = "timestamp" - interval '10 h' + global_position * interval '1 h 1 us',
              event_data = '{"ü😀": [1.10, 0.1, 1e3, null], "tab": "a\\tb\\u0001"}'`,
    );
    const { digest } = await verify();
    const [{ name }] = (await database.query('select current_database() as name')) as [{ name: string }];
    for (const setting of [
      `TimeZone to 'Asia/Kathmandu'`,
      `DateStyle to 'SQL, DMY'`,
      `IntervalStyle to 'iso_8601'`,
      'extra_float_digits to -15',
      `bytea_output to 'escape'`,
      'standard_conforming_strings to off',
      `default_transaction_isolation to 'serializable'`,
    ]) {
      await database.query(`alter database "${name}" set ${setting}`);
    }
    const { code, out } = await eventfold({ DATABASE_URL: database.url }, 'log', 'verify', '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, digest });
    await restore();
  });
});
