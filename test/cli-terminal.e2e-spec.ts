import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { runCli } from './support/cli-process.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';

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

  /** What a shell would offer for the last of the words. */
  const complete = async (...words: string[]): Promise<string[]> => {
    const { out } = await runCli({}, 'completion', 'bash');
    const press = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _eventfold; echo "\${COMPREPLY[*]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', `${out}\n${press}`, 'bash', ...words]);
    return stdout.trim().split(' ');
  };

  it.each([
    [['eventfold', 'lo'], ['log']],
    [
      ['eventfold', 'log', ''],
      ['tail', 'verify', '--help'],
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
      ['bash', 'zsh', 'fish'].map((shell) => runCli({}, 'completion', shell)),
    );
    expect(zsh!.out).toBe(`autoload -U +X bashcompinit && bashcompinit\n${bash!.out}`);
    expect(fish).toMatchObject({ code: 2, err: expect.stringContaining('bash and zsh, not "fish"') });
  });

  it('is coloured where colours are asked for, and plain in a pipe', async () => {
    const environment = { DATABASE_URL: database.url };
    const coloured = { ...environment, FORCE_COLOR: '1' };
    const status = await runCli(coloured, 'projections', 'status');
    const [head, alpha, beta] = status.out.split('\n');
    expect(head!.startsWith(`${BOLD}projection`)).toBe(true);
    expect(alpha!.startsWith(`${RED}alpha`)).toBe(true); // no worker
    expect(beta!.startsWith(`${YELLOW}beta`)).toBe(true); // paused
    expect((await runCli(environment, 'projections', 'status')).out).not.toContain('\u001b');
    await runCli(environment, 'migrate').then(({ out }) => expect(out).not.toContain('\u001b'));
    expect((await runCli(coloured, 'migrate')).out.startsWith(GREEN)).toBe(true);
  });
});
