import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Api } from './support/api.js';
import { eventually } from './support/eventually.js';
import { readLog } from './support/plain-fold.js';
import { rowDifferences } from './support/row-differences.js';
import { gapsOf } from './support/stubborn-load.js';
import { createTestDatabase, type TestDatabase } from './support/test-database.js';
import { startOn } from './support/test-service.js';

const CLIENTS = 60;

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
      services = [await startOn(database.url), await startOn(database.url)];
      apis = services.map(({ url }) => new Api(url));
    });
    afterAll(async () => {
      for (const service of services) await service.stop();
      await database.drop();
    });

    const ofAll = async <Result>(request: (api: Api, nth: number) => Promise<Result>): Promise<Result[]> =>
      Promise.all(Array.from({ length: CLIENTS }, (_, nth) => request(apis[nth % apis.length]!, nth)));

    it('takes all commands that are in no conflict, from two instances at once', async () => {
      const answers = await ofAll((api) =>
        api.post('/users', { email: `${randomUUID()}@example.org`, name: 'Ada' }),
      );
      expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    });

    it('refuses conflicts as conflicts, and lets one of many win an e-mail address', async () => {
      const user = { email: `${randomUUID()}@example.org`, name: 'Ada' };
      const answers = await ofAll((api) => api.post('/users', user));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ body }) => body.type === 'user.email-taken')).toHaveLength(CLIENTS - 1);
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
  },
);
