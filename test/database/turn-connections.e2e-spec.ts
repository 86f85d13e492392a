/** The use of the pool's connections by turns, and the settings of their transactions. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CurrentTurn, EventStore } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  type TallyHost,
  startTallyHost,
  Ticked,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('turns', () => {
  let database: TestDatabase;
  let host: TallyHost;

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
  });
  afterEach(async () => {
    await host.stop();
    await database.drop();
  });

  const start = async (options: TallyHostOptions) => (host = await startTallyHost(database, options));

  it('leave connections to what their handlers append, however many partitions there are', async () => {
    await start({
      poolSize: 4,
      reaction: { partitions: 4, startsAt: 'beginning' },
      onReaction: async ({ data }) => {
        if (data.tally.startsWith('echo')) return;
        const store = host.app.get(EventStore);
        await store.appendToStream(`tally-echo-${data.tally}`, 'any', [
          new Ticked({ tally: `echo-${data.tally}` }),
        ]);
      },
    });
    await Promise.all(Array.from({ length: 40 }, (_, number) => host.tick(`t${number}`)));
    await eventually(async () => expect(await host.store.head()).toBe(80));
    await host.folded(80);
    expect(Object.keys(await countsOf(database))).toHaveLength(80);
  });

  it('read a backlog of many pages over a pool that is all but used up', async () => {
    await start({ poolSize: 3, projections: false });
    await database.query(
      `insert into eventfold.events (global_position, stream_id, stream_version, event_id, event_type, event_data, metadata,
              "timestamp")
       select n, 'tally-' || n % 100, (n - 1) / 100 + 1, gen_random_uuid(), 'tally.ticked',
              jsonb_build_object('tally', 't' || n % 100), '{"schemaVersion": 1}', now()
         from generate_series(1, 13000) n`,
    );
    await host.stop();
    await start({ poolSize: 3, onReaction: () => undefined, reaction: { startsAt: 'end' } });
    await host.folded(13_000);
    expect(Object.values(await countsOf(database)).every((count) => count === 130)).toBe(true);
  });

  it('put on the disk what a handler appends in their transaction before anybody sees it', async () => {
    await database.query(`
      create table public.commits (type text, synchronous text);
      create function public.note_commit() returns trigger language plpgsql as $$ begin
        insert into public.commits values (new.event_data ->> 'tally', current_setting('synchronous_commit')); return null;
      end $$;
      create constraint trigger noting after insert on eventfold.events deferrable initially deferred
        for each row execute function public.note_commit()`);
    await start({
      onReaction: async ({ data }) => {
        if (data.tally !== 'a') return;
        const { manager } = host.app.get(CurrentTurn, { strict: false });
        await host.app
          .get(EventStore)
          .appendToStream('tally-echo', 'any', [new Ticked({ tally: 'echo' })], { manager });
      },
      reaction: { holds: 'transaction' },
    });
    await host.tick('a');
    await eventually(async () => expect(await host.store.head()).toBe(2));
    expect(await database.query('select * from public.commits order by type')).toEqual([
      { type: 'a', synchronous: 'on' },
      { type: 'echo', synchronous: 'on' },
    ]);
  });

  it('go on whatever time limits the role has for its transactions', async () => {
    const [current] = await database.query<{ name: string }>('select current_database() as name');
    await database.query(
      `alter database "${current!.name}" set idle_in_transaction_session_timeout = '100ms'`,
    );
    let mails = 0;
    await start({
      onReaction: async () => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        mails++;
      },
    });
    await host.reacted(await host.tick('a'));
    expect(mails).toBe(1);
  });
});
