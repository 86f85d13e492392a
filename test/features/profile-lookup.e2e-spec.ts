/** Profiles that are requested together, over the query bus. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { UserProfileModule } from '../../src/user-profile/user-profile.module.js';
import { GetUserProfile } from '../../src/user-profile/queries/get-user-profile.query.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startUsualHost } from '../support/hosts/usual-host.js';

const IDS = Array.from({ length: 200 }, () => randomUUID());
/** A user whose row takes the server so many seconds. */
const SLOW = randomUUID();
const SLOW_SECONDS = 4;

let database: TestDatabase;
let app: INestApplicationContext;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.query('alter table eventfold.user_profiles rename to rows_of_profiles');
  await database.query(
    `insert into eventfold.rows_of_profiles
       (user_id, email, name, subscription_plan, preferences, total_watch_time, favorite_genres, last_active, registration_date, is_active)
     select id, id || '@example.org', 'Ada', 'free', '{}', 0, '{}', now(), now(), true from unnest($1::uuid[]) as id`,
    [[...IDS, SLOW]],
  );
  await database.query(
    `create view eventfold.user_profiles as select * from eventfold.rows_of_profiles
      where case when user_id = '${SLOW}' then pg_sleep(${SLOW_SECONDS})::text = '' else true end`,
  );
  app = await startUsualHost(database, {
    imports: [UserProfileModule.forRoot({ controllers: false })],
    eventSourcing: { projections: false },
  });
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const ask = (userId: string) => app.get(QueryBus).execute(new GetUserProfile(userId));

describe('a profile that is asked for together with others', () => {
  it.each(['not-a-uuid', '\0', "'; drop table", `${randomUUID()}0`])(
    'is the only one that is not found: %j',
    async (bad) => {
      const answers = await Promise.allSettled([...IDS.slice(0, 100), bad, ...IDS.slice(100)].map(ask));
      const refused = answers.flatMap((answer, index) => (answer.status === 'rejected' ? [index] : []));
      expect(refused).toEqual([100]);
      expect(answers[100]).toMatchObject({ reason: { kind: 'not-found' } });
    },
  );

  it('is found by any spelling of its id', async () => {
    const [id] = IDS;
    for (const spelling of [id!.toUpperCase(), `{${id}}`, id!.replaceAll('-', '')]) {
      await expect(ask(spelling)).resolves.toMatchObject({ userId: id });
    }
  });

  it('is the only one that waits for a statement that hangs', async () => {
    const hanging = ask(SLOW);
    let isSettled = false;
    const settled = hanging.catch(() => undefined).finally(() => (isSettled = true));
    await eventually(async () => {
      const asleep = `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;
      expect(await database.query(asleep)).toHaveLength(1);
    });
    for (const id of IDS.slice(0, 20)) await ask(id);
    await Promise.all(IDS.map(ask));
    expect(isSettled).toBe(false);
    await settled;
  });
});
