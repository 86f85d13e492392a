import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventfold, startEventfold } from '../support/cli.js';
import { write } from '../support/log/log-writer.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const BOLD = '\u001b[1m';
const YELLOW = '\u001b[33m';
const GREEN = '\u001b[32m';
const RED = '\u001b[31m';

describe('the command line at a terminal', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query(`
      with named as (
        insert into eventfold.projections (name, revision, paused_at)
        values ('alpha', '1', null), ('beta', '1', now()) returning name)
      insert into eventfold.projection_checkpoints (projection, build, partition) select name, 'live', 0 from named`);
  });
  afterAll(() => database.drop());

  /** The completions of a shell for the last word. */
  const complete = async (...words: string[]): Promise<string[]> => {
    const { out } = await eventfold({}, 'completion', 'bash');
    const press = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eventfold; echo "\${COMPREPLY[*]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', `${out}\n${press}`, 'bash', ...words]);
    return stdout.trim().split(' ');
  };

  it.each([
    [['eventfold', 'lo'], ['log']],
    [
      ['eventfold', 'log', ''],
      ['tail', 'find', 'verify', 'correct-times', '--help'],
    ],
    [['eventfold', 'log', 'tail', '--ty'], ['--type']],
    [['eventfold', 'projections', 'p'], ['pause']],
    [['eventfold', 'new', 'r'], ['read-model']],
    [['eventfold', 'new', 'read-model', 'totals', '--o'], ['--of']],
    [['eventfold', 'parked', 'list', 'user-profile', '--j'], ['--json']],
  ])('completes %j with %j', async (words, offered) => {
    expect(await complete(...words)).toEqual(offered);
  });

  it('has the same completion for zsh, and says which shells there are', async () => {
    const [bash, zsh, fish] = await Promise.all(
      ['bash', 'zsh', 'fish'].map((shell) => eventfold({}, 'completion', shell)),
    );
    expect(zsh!.out).toBe(`autoload -U +X bashcompinit && bashcompinit\n${bash!.out}`);
    expect(fish).toMatchObject({ code: 2, err: expect.stringContaining('bash and zsh, not "fish"') });
  });

  it('is coloured where colours are asked for, and plain in a pipe', async () => {
    const environment = { DATABASE_URL: database.url };
    const coloured = { ...environment, FORCE_COLOR: '1' };
    const status = await eventfold(coloured, 'projections', 'status');
    const [head, alpha, beta] = status.out.split('\n');
    expect(head!.startsWith(`${BOLD}projection`)).toBe(true);
    expect(alpha!.startsWith(`${RED}alpha`)).toBe(true); // no worker
    expect(beta!.startsWith(`${YELLOW}beta`)).toBe(true); // paused
    expect((await eventfold(environment, 'projections', 'status')).out).not.toContain('\u001b');
    await eventfold(environment, 'migrate').then(({ out }) => expect(out).not.toContain('\u001b'));
    expect((await eventfold(coloured, 'migrate')).out.startsWith(GREEN)).toBe(true);
  });

  it.each([
    [{ TERM: 'xterm' }, true],
    [{ TERM: 'dumb' }, false],
    [{ TERM: 'xterm', NO_COLOR: '1' }, false],
    [{ TERM: 'xterm', FORCE_COLOR: '0' }, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true],
  ])('has colours on a terminal as its user wants it: %j', async (wishes, isColoured) => {
    const surroundings = { environment: { DATABASE_URL: database.url, ...wishes }, columns: 80 };
    const { out } = await startEventfold(surroundings, 'migrate').outcome;
    expect(out.includes('\u001b')).toBe(isColoured);
  });

  it('cuts lines to the width of a terminal, and shows there how far it is', async () => {
    const own = await createTestDatabase();
    const title = 'x'.repeat(200);
    await write(own, ...Array.from({ length: 3 }, () => ({ stream: 'content-a', data: { title } })));
    const environment = { DATABASE_URL: own.url };
    const [wide, narrow] = [{ environment }, { environment, columns: 60 }];
    const { out: lines } = await startEventfold(narrow, 'log', 'tail').outcome;
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => line.length),
    ).toEqual([60, 60, 60]);
    expect((await startEventfold(wide, 'log', 'tail').outcome).out).toContain(title);
    const verified = await startEventfold(narrow, 'log', 'verify').outcome;
    expect(verified.out).toMatch(/^The log is sound\.\n/);
    expect(verified.err).toMatch(/Verifying .* 0\/3 events/);
    expect((await startEventfold(wide, 'log', 'verify').outcome).err).toBe('');
    await own.drop();
  });
});
