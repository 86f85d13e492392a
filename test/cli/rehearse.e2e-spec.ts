import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { eventfold } from '../support/cli.js';
import { startCli } from '../support/processes/cli-process.js';
import { eventually } from '../support/eventually.js';
import { write } from '../support/log/log-writer.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const EVENTS = 'eventfold.events';

describe('eventfold rehearse', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const rehearse = (...args: string[]) => eventfold({ DATABASE_URL: database.url }, 'rehearse', ...args);
  const rehearseJson = async (...args: string[]) => {
    const { code, out, err } = await rehearse('--json', ...args);
    expect(err).toBe('');
    return { code, ...JSON.parse(out) };
  };
  const user = (id: string, data: object = { initialPreferences: [] }) => ({
    stream: `user-${id}`,
    type: 'user.registered',
    data: { userId: id, email: `${id}@example.org`, name: id, ...data },
  });

  it('says that a good build is good', async () => {
    await write(database, user('a'), user('b'), { stream: 'user-a', type: 'user.deactivated', data: {} });
    const { code, out, err } = await rehearse();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^type +version +events +read +broken +in +first at\n/);
    expect(out).toMatch(/^user\.deactivated +1 +1 +1 +0$/m);
    expect(out).toMatch(/^user\.registered +1 +2 +2 +0$/m);
    expect(out).toMatch(
      /reads what it was given\.\n +events +3 read, all of positions 1 to 3\n +streams +2 /,
    );
    expect(out).toMatch(/rows +user-profile: as a rebuild makes them/);
  });

  it('lists every type and version that breaks, with exit code 1', async () => {
    await write(
      database,
      user('a'),
      { stream: 'film-1', type: 'film.forgotten' },
      { stream: 'user-a', type: 'content.rated', data: { userId: 'a', contentId: 'c', rating: 5 } },
      user('odd', { initialPreferences: undefined }),
    );
    const { code, ok, types } = await rehearseJson();
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(types).toMatchObject([
      { type: 'content.rated', breakages: [{ code: 'unexpected-event', by: 'User', position: 3 }] },
      { type: 'film.forgotten', breakages: [{ code: 'unknown-event-type', position: 2 }] },
      { type: 'user.registered', events: 2, breakages: [{ by: 'user-profile', events: 1, position: 4 }] },
    ]);
    const { code: again, out } = await rehearse();
    expect(again).toBe(1);
    expect(out).toMatch(/^user\.registered +1 +2 +2 +1 +user-profile +position 4$/m);
    expect(out).toMatch(/^BROKEN +handler-failed +user\.registered, schema version 1$/m);
    expect(out).toMatch(/first +position 4, stream user-odd, version 1\n +what .*iterable.*\n +cure /);
    expect(out).toContain('breaks on 3 of 3 stored types and versions');
  });

  it('lets no stored text reach the terminal raw', async () => {
    await write(database, { stream: 'x-\u001b[2J', type: 'film.\u001b[31m' });
    const { out } = await rehearse();
    expect(out).toContain(String.raw`film.\u001b[31m`);
    expect(out).not.toContain('\u001b');
  });

  it('needs a role that may only select, and leaves every table as it was', async () => {
    await write(database, user('a'), { stream: 'user-a', type: 'user.deactivated', data: {} });
    const role = `reader_${Date.now().toString(36)}`;
    await database.query(
      `create role ${role} login password 'reader';
       grant usage on schema eventfold to ${role}; grant select on all tables in schema eventfold to ${role}`,
    );
    try {
      const tables = await database.query<{ name: string }>(
        `select quote_ident(tablename) as name from pg_tables where schemaname = 'eventfold'`,
      );
      expect(tables.length).toBeGreaterThan(5);
      // xmin and ctid show a row that was written again, even with the same values.
      const all = tables.map(
        ({ name }) => `select '${name}', xmin, ctid, each::text from eventfold.${name} each`,
      );
      const contents = () => database.query(`${all.join(' union all ')} order by 1, 3`);
      const before = await contents();
      const url = new URL(database.url);
      Object.assign(url, { username: role, password: 'reader' });
      const { code, err } = await eventfold({ DATABASE_URL: url.href }, 'rehearse', '--whole');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(await contents()).toEqual(before);
    } finally {
      await database.query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  it('reads a sample of a long log through its indexes, and says that it was one', async () => {
    await database.query(
      `insert into ${EVENTS} (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata, "timestamp")
       select n, 'user-' || (n - 1) / 10, (n - 1) % 10 + 1, gen_random_uuid(),
              case (n - 1) % 10 when 0 then 'user.registered' else 'user.preferences_updated' end,
              jsonb_build_object('userId', (n - 1) / 10, 'email', 'e', 'name', 'n', 'initialPreferences', '[]'::jsonb,
                                 'newPreferences', '[]'::jsonb),
              '{"schemaVersion": 1}', now()
         from generate_series(1, 40000) n`,
    );
    const scans = () =>
      database.query(`select seq_scan from pg_stat_user_tables where relid = '${EVENTS}'::regclass`);
    const before = await scans();
    const report = await rehearseJson('--sample', '1000');
    expect(await scans()).toEqual(before);
    expect(report).toMatchObject({ code: 0, ok: true, whole: false, head: 40_000, unsure: [] });
    expect(report.read).toBeLessThanOrEqual(1_000);
    expect(report.streams).toBeGreaterThan(50);
    expect(report.types[1].events).toBeGreaterThan(3_000);
    expect(report.types[1].events).toBeLessThan(5_000);
    const { out } = await rehearse('--sample', '1000');
    expect(out).toMatch(/^user\.registered +1 +~\d,\d+ +\d+ +0$/m);
    expect(out).toContain('a sample of positions 1 to 40,000');
    expect(await rehearseJson('--whole', '--rows', '1000')).toMatchObject({
      ok: true,
      read: 40_000,
      streams: 4_000,
    });
  });

  it('has nothing to say of an empty log, and of what is after the end', async () => {
    expect(await rehearse()).toEqual({ code: 0, out: 'The log is empty.\n', err: '' });
    await write(database, user('a'));
    expect((await rehearse('--from', '2')).out).toMatch(/^Nothing is there from position 2 on/);
  });

  it.each([
    [['--sample', '0'], /--sample is "0"/],
    [['--from', 'x'], /--from is "x"/],
    [['--whole', '--sample', '5'], /exclude each other/],
  ])('takes %j for wrong usage', async (args, sentence) => {
    const { code, out, err } = await rehearse(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
  });

  it('teaches itself', async () => {
    const { code, out } = await eventfold({}, 'rehearse', '--help');
    expect(code).toBe(0);
    for (const part of ['--sample <N>', '--whole', '--from <POSITION>', 'Examples:', 'UNSURE']) {
      expect(out).toContain(part);
    }
  });

  it('ends with 130 at Ctrl-C, in the middle of a statement that waits, and leaves no session behind', async () => {
    await write(database, user('a'));
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query(`begin; lock table ${EVENTS} in access exclusive mode`);
    try {
      const { child, outcome } = startCli({ DATABASE_URL: database.url }, 'rehearse');
      await eventually(async () => {
        const waiting = await database.query(
          `select from pg_locks where not granted and relation = '${EVENTS}'::regclass`,
        );
        expect(waiting).toHaveLength(1);
      });
      const told = performance.now();
      child.kill('SIGINT');
      expect(await outcome).toMatchObject({ code: 130, out: '' });
      expect(performance.now() - told).toBeLessThan(5_000); // the lock is still held; a wait for it takes 9.5 s
      await eventually(async () => {
        const left = await database.query(
          `select from pg_stat_activity where datname = current_database() and application_name = 'eventfold'`,
        );
        expect(left).toHaveLength(0);
      });
    } finally {
      await holder.query('rollback');
      await holder.end();
    }
  });
});
