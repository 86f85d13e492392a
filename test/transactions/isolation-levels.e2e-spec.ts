import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { EventStore } from '../../src/event-sourcing/index.js';
import { UserRegistered } from '../../src/users/user.events.js';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { readLog } from '../support/log/plain-fold.js';
import { rowDifferences } from '../support/log/row-differences.js';
import { gapsOf } from '../support/log/stubborn-load.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startOn } from '../support/http/test-service.js';

/** An instance that is overtaken once checks its append, and is overtaken there again. */
const INSTANCES = 4;

describe.each(['repeatable read', 'serializable'])(
  'a service whose database begins transactions as %s',
  (level) => {
    let database: TestDatabase;
    let services: Awaited<ReturnType<typeof startOn>>[];
    let apis: Api[];

    beforeAll(async () => {
      database = await createTestDatabase();
      await database.query(`do $$ begin
      execute format('alter database %I set default_transaction_isolation = %L', current_database(), '${level}');
    end $$`);
      services = [await startOn(database.url)];
      while (services.length < INSTANCES) services.push(await startOn(database.url, { PROJECTIONS: 'off' }));
      apis = services.map(({ url }) => new Api(url));
    });
    afterAll(async () => {
      for (const service of services) await service.stop();
      await database.drop();
    });

    /** Sends requests while another session appends. They wait in statements that have begun before it ends. */
    async function waitingForTheLog<Result>(...requests: (() => Promise<Result>)[]): Promise<Result[]> {
      const other = new Client({ connectionString: database.url, application_name: 'somebody else' });
      await other.connect();
      await other.query('begin');
      await other.query('lock table eventfold.append_lock in share update exclusive mode');
      const answers = Promise.all(requests.map((request) => request()));
      await eventually(async () => {
        const waiting = await database.query(
          `select from pg_stat_activity
            where datname = current_database() and application_name = 'eventfold' and wait_event = 'relation'`,
        );
        expect(waiting).toHaveLength(requests.length);
      });
      await other.end();
      return answers;
    }

    it('takes commands of several instances that have waited for each other', async () => {
      const register = (api: Api) => () =>
        api.post('/users', { email: `${randomUUID()}@example.org`, name: 'Ada' });
      const answers = await waitingForTheLog(...apis.map(register));
      expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    });

    it('refuses conflicts as conflicts: one wins an e-mail address', async () => {
      const user = { email: `${randomUUID()}@example.org`, name: 'Ada' };
      const answers = await waitingForTheLog(...apis.map((api) => () => api.post('/users', user)));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(INSTANCES - 1);
    });

    it('has the rows of a plain fold, also after a rebuild', async () => {
      const follow = () =>
        eventually(async () => {
          const log = await readLog(database);
          expect(gapsOf(log)).toEqual([]);
          expect(await rowDifferences(database, log)).toEqual([]);
        });
      await follow();
      expect(await apis[0]!.post('/projections/user-profile/rebuild', {})).toMatchObject({ status: 202 });
      await eventually(async () => {
        const { body } = await apis[0]!.get('/projections');
        expect(body.items).toContainEqual(
          expect.objectContaining({ name: 'user-profile', rebuild: null, lastRebuild: expect.anything() }),
        );
      });
      await follow();
    });

    it('has one key for a person whom several instances meet at once', async () => {
      for (let round = 0; round < 10; round++) {
        const userId = randomUUID();
        const data = { userId, email: `${userId}@example.org`, name: 'Ada', initialPreferences: [] };
        const appends = services.map(({ app }, instance) =>
          app.get(EventStore).appendToStream(`met-${instance}-${userId}`, 'any', [new UserRegistered(data)]),
        );
        await Promise.all(appends);
        const keys = await database.query('select from eventfold.subject_keys where subject = $1', [userId]);
        expect(keys).toHaveLength(1);
      }
    });
  },
);
