import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { Random } from '../../bench/simulate/random.js';
import { runCli } from '../support/processes/cli-process.js';
import { SURROUNDINGS, type Ways } from '../support/processes/crash-surroundings.js';
import { eventually } from '../support/eventually.js';
import { type LogEvent, readLog } from '../support/log/plain-fold.js';
import { hasPooler } from '../support/servers/pooler.js';
import { PrivateServer } from '../support/servers/private-server.js';
import { rowDifferences } from '../support/log/row-differences.js';
import { scaled } from '../support/scale.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { gapsOf, lossesOf, StubbornLoad } from '../support/log/stubborn-load.js';

const SERVICES = 3;
const BLOWS = Number(process.env.CRASHES_BLOWS ?? scaled(12, 1_000));
/** Services killed with SIGKILL and started again, and services that lose all their connections. */
const KILLS = Math.round(BLOWS / 3);
const CUTS = BLOWS - KILLS;
/** The number of acknowledgements from one strike to the next. */
const BETWEEN = 25;
/** Repeats the kinds and times of strikes, and the requests of the load. The machine decides how they meet. */
const seed = Number(process.env.CRASHES_SEED ?? randomInt(2 ** 31));
const STRUCK_WITHIN_MS = 600_000 + BLOWS * 10_000;

/** By default the database is like a server of one's own. `CRASHES_IN` names others by a part of their names. */
const chosen = process.env.CRASHES_IN ?? scaled('as it comes', '');
const surroundings = Object.keys(SURROUNDINGS)
  .filter((each) => each.includes(chosen))
  .filter((each) => !each.includes('PgBouncer') || hasPooler());

/** The victim's work at the moment of the strike: the lock that shows a certain moment, if there is one. */
const MOMENTS = {
  'in a turn': `l.relation = 'eventfold.projection_checkpoints'::regclass and l.mode = 'RowShareLock'`,
  'at the end of a turn': `l.relation = 'eventfold.projection_checkpoints'::regclass and l.mode = 'RowExclusiveLock'`,
  'in an append': `l.relation = 'eventfold.append_lock'::regclass`,
  'whatever it does': 'true',
} as const;
type Moment = keyof typeof MOMENTS;

/**
 * Three services on one database, all folding, under load, while they are killed again and again, and the server with
 * them once. Afterwards the rows of both read models are compared with a plain fold of the log, and the log with the
 * acknowledgements: an event that was folded twice or never shows in a sum or in a set.
 */
describe.each(surroundings)(
  `%s, three services that are struck down ${BLOWS} times (CRASHES_SEED=${seed})`,
  (name) => {
    const random = new Random(`${seed}/strikes`);
    const struck: Record<string, number> = {};
    const roles = Array.from({ length: SERVICES }, (_, number) => `service_${number}`);
    let server: PrivateServer;
    let ways: Ways;
    let services: ServiceProcess[] = [];
    let load: StubbornLoad;
    let log: LogEvent[];

    beforeAll(async () => {
      server = await PrivateServer.start();
      ways = await SURROUNDINGS[name]!(server, roles);
      services = [await startService(0)]; // it migrates
      await server.query(STRIKE);
      services.push(...(await Promise.all([startService(1), startService(2)])));
      let requests = 0;
      load = new StubbornLoad(
        new Random(`${seed}/load`),
        () => services[requests++ % SERVICES]!.api,
        ways.hasOwnTransactions,
      );
      load.start();
      for (const next of strikes()) {
        await load.goesOn(BETWEEN);
        await next();
      }
      await load.goesOn(BETWEEN);
      await load.stop();
      log = await readLog(server);
    }, STRUCK_WITHIN_MS);
    afterAll(async () => {
      await load?.stop().catch(() => undefined);
      await Promise.all(services.map((service) => service.end('SIGKILL')));
      await ways?.leave();
      await server.remove();
    });

    it('have every acknowledged command and event in the log once, and nothing else, without a gap', () => {
      expect(lossesOf(load.receipts, log).slice(0, 10)).toEqual([]);
      expect(gapsOf(log).slice(0, 10)).toEqual([]);
    });

    it(
      'have the rows that a plain fold of the log has, when they have caught up',
      async () => {
        await eventually(async () => {
          const behind = await server.query(
            `select projection, position from eventfold.projection_checkpoints where position < $1`,
            [log.length],
          );
          expect(behind).toEqual([]);
        });
        expect((await rowDifferences(server, log)).slice(0, 10)).toEqual([]);
        expect(await server.query('select projection, key, error from eventfold.parked_keys')).toEqual([]);
      },
      STRUCK_WITHIN_MS,
    ); // a long run leaves a long log to fold

    it(
      'leave a log that is found to be sound',
      async () => {
        const { code, out } = await runCli({ DATABASE_URL: server.url }, 'log', 'verify');
        expect({ code, out }).toEqual({ code: 0, out });
      },
      STRUCK_WITHIN_MS,
    );

    it('were struck in the middle of what they did', () => {
      expect(struck).toMatchObject({ kill: KILLS, cut: CUTS, 'restart of the server': 1 });
      expect(Object.keys(struck)).toEqual(expect.arrayContaining(Object.keys(MOMENTS)));
      expect(load.repeats).toBeGreaterThan(0);
    });

    function* strikes(): Generator<() => Promise<void>> {
      const left = { kill: KILLS, cut: CUTS };
      const moments = Object.keys(MOMENTS) as Moment[];
      for (let number = 0; left.kill + left.cut > 0; number++) {
        if (number === Math.floor(BLOWS / 2)) yield restartServer;
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
        `select strike('${roles[victim]}', '${moment}', ${kind === 'cut'}) as met`,
      );
      note(kind);
      if (outcome!.met) note(moment);
    }

    function note(what: string): void {
      struck[what] = (struck[what] ?? 0) + 1;
    }

    function startService(number: number): Promise<ServiceProcess> {
      return startServiceProcess({ DATABASE_URL: ways.urlOf(roles[number]!) }, ways.program);
    }
  },
);

/**
 * Waits for the moment inside the server, since it may pass in less than a round trip, and cuts the connections there.
 * It waits for a second at most.
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
