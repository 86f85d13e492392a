import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { Random } from '../bench/simulate/random.js';
import { runCli } from './support/cli-process.js';
import { eventually } from './support/eventually.js';
import { type LogEvent, readLog } from './support/plain-fold.js';
import { PrivateServer } from './support/private-server.js';
import { rowDifferences } from './support/row-differences.js';
import { scaled } from './support/scale.js';
import { type ServiceProcess, startServiceProcess } from './support/service-process.js';
import { gapsOf, lossesOf, StubbornLoad } from './support/stubborn-load.js';

const SERVICES = 3;
/** Services killed with SIGKILL and started again, and services that lose all their connections. */
const KILLS = scaled(4, 12);
const CUTS = scaled(8, 18);
/** Acknowledgements from one strike to the next. */
const BETWEEN = 25;
/** Repeats what is struck, when, and what the load asks for; how these meet is left to the machine. */
const seed = Number(process.env.CRASHES_SEED ?? randomInt(2 ** 31));

/** What the victim is at when it is struck: the lock that tells, if it is a certain moment. */
const MOMENTS = {
  'in a turn': `l.relation = 'eventfold.projection_checkpoints'::regclass and l.mode = 'RowShareLock'`,
  'at the end of a turn': `l.relation = 'eventfold.projection_checkpoints'::regclass and l.mode = 'RowExclusiveLock'`,
  'in an append': `l.relation = 'eventfold.append_lock'::regclass`,
  'whatever it does': 'true',
} as const;
type Moment = keyof typeof MOMENTS;

/**
 * Three services on one database, all folding, under load, while they are struck down again and again, and the server with
 * them once. Afterwards the rows of both read models are held against a plain fold of the log, and the log against what was
 * acknowledged: an event folded twice or never shows in a sum or in a set.
 */
describe(`three services that are struck down ${KILLS + CUTS} times (CRASHES_SEED=${seed})`, () => {
  const random = new Random(`${seed}/strikes`);
  const struck: Record<string, number> = {};
  let server: PrivateServer;
  let services: ServiceProcess[] = [];
  let load: StubbornLoad;
  let log: LogEvent[];

  beforeAll(async () => {
    server = await PrivateServer.start();
    for (const name of Array.from({ length: SERVICES }, (_, number) => roleOf(number))) {
      await server.query(`create role ${name} superuser login password 'secret'`);
    }
    services = [await startService(0)]; // it migrates
    await server.query(STRIKE);
    services.push(...(await Promise.all([startService(1), startService(2)])));
    let requests = 0;
    load = new StubbornLoad(new Random(`${seed}/load`), () => services[requests++ % SERVICES]!.api);
    load.start();
    for (const next of strikes()) {
      await load.goesOn(BETWEEN);
      await next();
    }
    await load.goesOn(BETWEEN);
    await load.stop();
    log = await readLog(server);
  }, 900_000);
  afterAll(async () => {
    await load?.stop().catch(() => undefined);
    await Promise.all(services.map((service) => service.end('SIGKILL')));
    await server.remove();
  });

  it('have every acknowledged command and event in the log once, and nothing else, without a gap', () => {
    expect(lossesOf(load.receipts, log).slice(0, 10)).toEqual([]);
    expect(gapsOf(log).slice(0, 10)).toEqual([]);
  });

  it('have the rows that a plain fold of the log has, when they have caught up', async () => {
    await eventually(async () => {
      const behind = await server.query(
        `select projection, position from eventfold.projection_checkpoints where position < $1`,
        [log.length],
      );
      expect(behind).toEqual([]);
    });
    expect((await rowDifferences(server, log)).slice(0, 10)).toEqual([]);
    expect(await server.query('select projection, key, error from eventfold.parked_keys')).toEqual([]);
  });

  it('leave a log that is found to be sound', async () => {
    const { code, out } = await runCli({ DATABASE_URL: server.url }, 'log', 'verify');
    expect({ code, out }).toEqual({ code: 0, out });
  });

  it('were struck in the middle of what they did', () => {
    expect(struck).toMatchObject({ kill: KILLS, cut: CUTS, 'restart of the server': 1 });
    expect(Object.keys(struck)).toEqual(expect.arrayContaining(Object.keys(MOMENTS)));
    expect(load.repeats).toBeGreaterThan(0);
  });

  function* strikes(): Generator<() => Promise<void>> {
    const left = { kill: KILLS, cut: CUTS };
    const moments = Object.keys(MOMENTS) as Moment[];
    for (let number = 0; left.kill + left.cut > 0; number++) {
      if (number === (KILLS + CUTS) / 2) yield restartServer;
      const kind = random.chance(left.kill / (left.kill + left.cut)) ? 'kill' : 'cut';
      left[kind]--;
      const moment = moments[number % moments.length]!;
      const victim = random.integer(0, SERVICES - 1);
      yield () => (kind === 'kill' ? kill(victim, moment) : cut(victim, moment));
    }
  }

  async function kill(victim: number, moment: Moment): Promise<void> {
    await strike('kill', victim, moment);
    await services[victim]!.end('SIGKILL');
    services[victim] = await startService(victim);
  }

  async function cut(victim: number, moment: Moment): Promise<void> {
    await strike('cut', victim, moment);
  }

  async function restartServer(): Promise<void> {
    await server.crashAndRestart();
    note('restart of the server');
  }

  async function strike(kind: 'kill' | 'cut', victim: number, moment: Moment): Promise<void> {
    const [outcome] = await server.query<{ met: boolean }>(
      `select strike('${roleOf(victim)}', '${moment}', ${kind === 'cut'}) as met`,
    );
    note(kind);
    if (outcome!.met) note(moment);
  }

  function note(what: string): void {
    struck[what] = (struck[what] ?? 0) + 1;
  }

  function startService(number: number): Promise<ServiceProcess> {
    const url = new URL(server.url);
    url.username = roleOf(number);
    url.password = 'secret';
    return startServiceProcess({ DATABASE_URL: url.href });
  }
});

/**
 * Waits for the moment inside the server, since it may pass in less than a round trip, and cuts the connections there; at
 * the latest after a second.
 */
const STRIKE = `
  create function strike(victim text, moment text, is_cut boolean) returns boolean language plpgsql as $$
  declare met boolean := false;
  begin
    for round in 1..1000 loop
      perform pg_stat_clear_snapshot();
      met := exists (select from pg_locks l join pg_stat_activity a using (pid)
                      where a.usename = victim and l.granted and case moment
                            ${Object.entries(MOMENTS)
                              .map(([moment, lock]) => `when '${moment}' then ${lock}`)
                              .join(' ')} end);
      exit when met;
      perform pg_sleep(0.0005);
    end loop;
    if is_cut then
      perform pg_terminate_backend(pid) from pg_stat_activity where usename = victim;
    end if;
    return met;
  end $$`;

const roleOf = (number: number) => `service_${number}`;
