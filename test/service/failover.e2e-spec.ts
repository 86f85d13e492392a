import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { Random } from '../../bench/simulate/random.js';
import { eventually } from '../support/eventually.js';
import { type LogEvent, readLog } from '../support/log/plain-fold.js';
import { rowDifferences } from '../support/log/row-differences.js';
import { gapsOf, lossesOf, StubbornLoad } from '../support/log/stubborn-load.js';
import { runCli } from '../support/processes/cli-process.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { scaled } from '../support/scale.js';
import { installedPrograms, InstalledServer } from '../support/servers/installed-server.js';
import { MovableLine } from '../support/servers/movable-line.js';

const programs = installedPrograms();
/** Acknowledgements before and after the failover. */
const REQUESTS = scaled(150, 2_000);
const seed = Number(process.env.FAILOVER_SEED ?? randomInt(2 ** 31));

/** An acknowledged append is on both servers. */
const SYNCHRONOUS = `-c synchronous_standby_names='*'`;

(programs === undefined ? describe.skip : describe)(
  `two services under load whose primary dies, when its synchronous replica is promoted (FAILOVER_SEED=${seed})`,
  () => {
    let primary: InstalledServer;
    let replica: InstalledServer;
    let line: MovableLine;
    let services: ServiceProcess[] = [];
    let load: StubbornLoad;
    let log: LogEvent[];
    beforeAll(async () => {
      primary = await InstalledServer.start(programs!);
      replica = await primary.startReplica();
      line = await MovableLine.to(primary.url);
      const environment = { DATABASE_URL: line.url, DATABASE_REPLICA_URLS: replica.url };
      services = [await startServiceProcess(environment)];
      services.push(await startServiceProcess(environment));
      await primary.query(`alter system ${SYNCHRONOUS.replace('-c ', 'set ')}`);
      await primary.query('select pg_reload_conf()');
      await eventually(async () => {
        const [standby] = await primary.query('select sync_state from pg_stat_replication');
        expect(standby).toEqual({ sync_state: 'sync' });
      });
      let requests = 0;
      load = new StubbornLoad(new Random(`${seed}/load`), () => services[requests++ % 2]!.api);
      load.start();
      await load.goesOn(REQUESTS);
      await primary.crash();
      line.cut();
      await eventually(() => expect(load.repeats).toBeGreaterThan(0)); // a quick promotion alone may disturb nobody
      await replica.promote();
      line.moveTo(replica.url);
      await load.goesOn(REQUESTS);
      await load.stop();
      log = await readLog(replica);
    }, 600_000);
    afterAll(async () => {
      await load?.stop().catch(() => undefined);
      await Promise.all(services.map((service) => service.end('SIGKILL')));
      await line?.close();
      for (const server of [replica, primary]) await server?.remove();
    });

    it('have every acknowledged command and event in the log once, and nothing else, without a gap', () => {
      expect(lossesOf(load.receipts, log).slice(0, 10)).toEqual([]);
      expect(gapsOf(log).slice(0, 10)).toEqual([]);
    });

    it('have the rows that a plain fold of the log has, when they have caught up', async () => {
      await eventually(async () => {
        const behind = await replica.query(
          'select projection, position from eventfold.projection_checkpoints where position < $1',
          [log.length],
        );
        expect(behind).toEqual([]);
      });
      expect(await replica.query('select projection, key, error from eventfold.parked_keys')).toEqual([]);
      expect((await rowDifferences(replica, log)).slice(0, 10)).toEqual([]);
      const { code, out } = await runCli({ DATABASE_URL: replica.url }, 'log', 'verify');
      expect({ code, out }).toEqual({ code: 0, out });
    });

    it('go on without a restart, and are ready', async () => {
      for (const { api } of services) {
        await eventually(async () => {
          const { status, body } = await api.get('/health/ready');
          expect({ status, body }).toMatchObject({ status: 200, body: { notifications: 'listening' } });
        });
      }
    });
  },
);
