import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

interface RefusedStart {
  code: string;
  /** The output, line by line. */
  lines: string[];
  seconds: number;
}

/** settings.spec.ts has the rules of all variables. Here processes are stopped by these rules, or by the machine. */
describe('a process that cannot start', () => {
  let database: TestDatabase;
  /** A server of another program, on a port of this machine. */
  let other: Server;
  let takenPort: number;
  beforeAll(async () => {
    database = await createTestDatabase();
    other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    takenPort = (other.address() as { port: number }).port;
  });
  afterAll(async () => {
    other.close();
    await database.drop();
  });

  async function refusedStart(environment: NodeJS.ProcessEnv): Promise<RefusedStart> {
    const start = performance.now();
    const outcome = await startServiceProcess({ DATABASE_URL: database.url, ...environment }).catch(String);
    if (typeof outcome !== 'string') {
      await outcome.end('SIGTERM');
      throw new Error(`It started:\n${outcome.output()}`);
    }
    const [, code, output] = /Ended with (\S+) before it was ready:\n([^]*)/.exec(outcome)!;
    const lines = output!.split('\n').filter((line) => line !== '');
    return { code: code!, lines, seconds: (performance.now() - start) / 1_000 };
  }

  /** The last line, after all other output. The output has no stack. */
  function reasonOf({ code, lines }: RefusedStart): string {
    const notLogged = lines.filter((line) => !/^\{"level":"(log|warn|error)"/.test(line));
    expect({ code, notLogged }).toEqual({
      code: '1',
      notLogged: [expect.stringMatching(/^Eventfold cannot start: /)],
    });
    return lines.at(-1)!;
  }

  it.each([
    ['PORT', 'http', 'a whole number from 0 to 65535'],
    ['DATABASE_SCHEMA', 'Event-Fold', 'a lower-case identifier'],
    ['TRENDING_HALF_LIFE_HOURS', '0', 'a number from'],
    ['LOG_FORMAT', 'xml', 'pretty, json'],
  ])('says in one line that %s is "%s", and the rule: %s', async (variable, value, rule) => {
    const refused = await refusedStart({ [variable]: value });
    expect(refused.lines).toHaveLength(1);
    for (const part of [variable, `"${value}"`, rule]) expect(reasonOf(refused)).toContain(part);
  });

  it('does not print the password in a DATABASE_URL that is wrong', async () => {
    const refused = await refusedStart({ DATABASE_URL: 'mysql://eve:open-sesame@localhost/eventfold' });
    expect(refused.lines).toHaveLength(1);
    expect(reasonOf(refused)).toContain('DATABASE_URL');
    expect(reasonOf(refused)).not.toContain('open-sesame');
  });

  it('does not print a secret for tokens that is too short', async () => {
    const refused = await refusedStart({ AUTH_JWT_SECRET: 'open-sesame' });
    expect(refused.lines).toHaveLength(1);
    expect(reasonOf(refused)).toMatch(/AUTH_JWT_SECRET.*32 bytes/);
    expect(reasonOf(refused)).not.toContain('open-sesame');
  });

  it.each([
    ['reachable by others', { HOST: '0.0.0.0' }, /HOST is "0\.0\.0\.0".*AUTH_/],
    ['reachable by others over IPv6', { HOST: '::' }, /HOST is "::".*AUTH_/],
    ['in production', { NODE_ENV: 'production' }, /NODE_ENV is "production".*AUTH_/],
  ])('does not run open when it would be %s', async (_, environment, reason) => {
    const refused = await refusedStart(environment);
    expect(refused.lines).toHaveLength(1);
    expect(reasonOf(refused)).toMatch(reason);
  });

  it('names the port that somebody else uses', async () => {
    expect(reasonOf(await refusedStart({ PORT: String(takenPort) }))).toMatch(
      new RegExp(`PORT.*${takenPort}`),
    );
  });

  it('leaves no embedded database behind when its port is taken', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'eventfold-test-'));
    await chmod(dataDir, 0o755); // a server that root starts runs as another user, who needs access
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    try {
      const { code } = await refusedStart({ DATABASE_URL: '', DATA_DIR: dataDir, PORT: String(takenPort) });
      expect({ code, runsOn: existsSync(pidFile) }).toEqual({ code: '1', runsOn: false });
    } finally {
      if (existsSync(pidFile)) process.kill(Number.parseInt(readFileSync(pidFile, 'utf8')), 'SIGQUIT');
      await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
  });

  it.each([
    ['does not listen', { port: '1' }, /database/i],
    ['does not know its user', { username: 'nobody_there', password: 'open-sesame' }, /nobody_there/],
    ['does not have its database', { pathname: '/nowhere' }, /nowhere/],
  ])('says that the server at DATABASE_URL %s, within seconds', async (_, change, reason) => {
    const url = Object.assign(new URL(database.url), change);
    const DATABASE_WAIT_SECONDS = 'port' in change ? '2' : '60'; // a wrong name or password ends it at once
    const refused = await refusedStart({ DATABASE_URL: url.href, DATABASE_WAIT_SECONDS });
    expect(refused.seconds).toBeLessThan(15);
    expect(refused.lines.join('\n')).not.toContain('open-sesame');
    expect(reasonOf(refused)).toMatch(reason);
  });
});
