import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { eventfold } from '../support/cli.js';
import { startCli } from '../support/processes/cli-process.js';
import { write } from '../support/log/log-writer.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** Twelve events: rated at odd positions, watched at even ones. */
async function createLog(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  const events = Array.from({ length: 12 }, (_, index) => ({
    stream: 'content-a',
    type: index % 2 === 0 ? 'content.rated' : 'content.watched',
    data: { number: index + 1 },
  }));
  await write(database, ...events);
  return database;
}

describe('the command line that prints events', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createLog();
  });
  afterAll(() => database.drop());

  const run = (...args: string[]) => eventfold({ DATABASE_URL: database.url }, ...args);
  /** The field of each line of JSON. */
  const each = async (field: string, ...args: string[]) => {
    const { code, out } = await run(...args, '--json');
    expect(code).toBe(0);
    return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)[field]]));
  };

  it.each([
    [[], [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    [['-n', '0'], []],
    [
      ['--after', '9'],
      [10, 11, 12],
    ],
    [
      ['--after', '8', '--lines', '2'],
      [11, 12],
    ],
    [
      ['--type', 'content.watched', '--lines', '2'],
      [10, 12],
    ],
    [
      ['--after', '8', '--type', 'content.rated'],
      [9, 11],
    ],
    [
      ['--after', '9', '--type', 'content.rated', '--type', 'content.watched'],
      [10, 11, 12],
    ],
  ])('log tail %j prints the events at %j', async (args, positions) => {
    expect(await each('position', 'log', 'tail', ...args)).toEqual(positions);
  });

  it('log tail prints a line with position, time, stream@version, type and data', async () => {
    const { out } = await run('log', 'tail', '-n', '1');
    expect(out).toMatch(
      /^ +12  \d{4}-\d\d-\d\dT[\d:.]+Z  content-a@12  content\.watched  \{"number":12\}\n$/,
    );
  });

  it('says that there are no such events', async () => {
    const outcome = await run('log', 'tail', '--type', 'content.forgotten');
    expect(outcome).toEqual({ code: 0, out: '', err: 'There are no such events.\n' });
  });

  it('log tail --json gives the event as the API shows it', async () => {
    const { out } = await run('log', 'tail', '-n', '1', '--json');
    expect(JSON.parse(out)).toEqual({
      position: 12,
      streamId: 'content-a',
      version: 12,
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'content.watched',
      data: { number: 12 },
      metadata: { correlationId: 'c', causationId: 'c', schemaVersion: 1 },
      timestamp: expect.stringMatching(/Z$/),
    });
  });

  it('log tail --follow prints what is appended, each event once, until Ctrl-C', async () => {
    const own = await createLog();
    const environment = { DATABASE_URL: own.url };
    const { child, outcome } = startCli(
      environment,
      'log',
      'tail',
      '-n',
      '1',
      '-f',
      '--type',
      'content.rated',
    );
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toContain('{"number":11}');
    await write(own, { stream: 'content-a', data: { number: 13 } });
    expect((await lines.next()).value).toContain('{"number":13}');
    await write(
      own,
      { stream: 'content-b', type: 'content.watched' },
      { stream: 'content-b', data: { number: 15 } },
    );
    expect((await lines.next()).value).toContain('{"number":15}');
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 130, err: '' });
    await own.drop();
  });

  it('log tail --follow goes on after its connections were cut', async () => {
    const own = await createLog();
    const { child, outcome } = startCli({ DATABASE_URL: own.url }, 'log', 'tail', '-n', '1', '-f');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toContain('{"number":12}');
    await own.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await write(own, { stream: 'content-a', data: { number: 13 } });
    expect((await lines.next()).value).toContain('{"number":13}');
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(143);
    await own.drop();
  });

  it('ends quietly when its reader has read enough', async () => {
    const { child, outcome } = startCli({ DATABASE_URL: database.url }, 'log', 'tail', '-f');
    outcome.catch(() => undefined); // it needs the whole output
    const said = text(child.stderr);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    await write(database, { stream: 'content-b' });
    const [code] = await once(child, 'exit');
    expect({ code, said: await said }).toEqual({ code: 0, said: '' });
  });

  it.each([
    [[], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    [
      ['--from-version', '11'],
      [11, 12],
    ],
    [
      ['--limit', '2'],
      [1, 2],
    ],
    [
      ['--direction', 'backwards', '--limit', '2'],
      [12, 11],
    ],
    [
      ['--direction', 'backwards', '--from-version', '2'],
      [2, 1],
    ],
  ])('stream show %j prints the versions %j', async (args, versions) => {
    expect(await each('version', 'stream', 'show', 'content-a', ...args)).toEqual(versions);
  });

  it('stream show prints a line with version, position, time, type and data, and says where it goes on', async () => {
    const { code, out, err } = await run(
      'stream',
      'show',
      'content-a',
      '--from-version',
      '3',
      '--limit',
      '1',
    );
    expect({ code, err }).toEqual({ code: 0, err: 'There are more: --from-version 4\n' });
    expect(out).toMatch(/^ +3  position 3  \S+Z  content\.rated  \{"number":3\}\n$/);
  });

  it('stream show tells a stream that does not exist from one that ends before', async () => {
    expect(await run('stream', 'show', 'content-\u001b[31mx')).toEqual({
      code: 1,
      out: '',
      err: String.raw`eventfold: there is no stream "content-\u001b[31mx".` + '\n',
    });
    const { code, err } = await run('stream', 'show', 'content-a', '--from-version', '13');
    expect({ code, err }).toEqual({
      code: 0,
      err: 'Nothing there: the last version of stream content-a is 12.\n',
    });
  });

  it('lets no stored text reach the terminal raw, and no JSON change by that', async () => {
    const own = await createTestDatabase();
    const [stream, title] = ['content-\u001b[2J', '\u202Etxt\u009B31m\u{E0041}'];
    await write(own, { stream, data: { title } });
    for (const json of [[], ['--json']]) {
      const { out } = await eventfold({ DATABASE_URL: own.url }, 'log', 'tail', ...json);
      expect(out.trimEnd()).toMatch(/^[\x20-\x7E]+$/);
      expect(out).toContain(String.raw`content-\u001b[2J`);
      if (json.length > 0) expect(JSON.parse(out)).toMatchObject({ streamId: stream, data: { title } });
    }
    await own.drop();
  });
});
