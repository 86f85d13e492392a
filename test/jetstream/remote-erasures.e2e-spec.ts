import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ErasureService, ProjectionOperations } from '../../src/event-sourcing/index.js';
import { jetstreamLog, JetStreamModule } from '../../src/jetstream/index.js';
import { eventually } from '../support/eventually.js';
import {
  createMembers,
  masterKey,
  Member,
  type MembersHost,
  startMembersHost,
} from '../support/hosts/members-host.js';
import { createRemoteDatabase } from '../support/jetstream/remote-database.js';
import { PATIENCE_MS } from '../support/patience.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

(hasBroker() ? describe : describe.skip)('an erasure, in a database without a log', () => {
  const masterKeys = [masterKey(1)];
  let cluster: BrokerCluster;
  let database: TestDatabase;
  let remote: TestDatabase;
  let beside: MembersHost;
  const hosts: MembersHost[] = [];

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    [database, remote] = [await createTestDatabase(), await createRemoteDatabase()];
    for (const each of [database, remote]) await createMembers(each);
    beside = await startMembersHost(database, {
      privacy: { masterKeys },
      imports: [JetStreamModule.forRoot({ servers: cluster.url, relay: {} })],
    });
  });
  afterAll(async () => {
    for (const host of [...hosts, beside]) await host.stop();
    for (const each of [remote, database]) await each.drop();
    await cluster.remove();
  });

  async function startRemote(url = database.url): Promise<MembersHost> {
    const host = await startMembersHost(remote, {
      log: jetstreamLog({ servers: cluster.url }),
      privacy: { keys: { url, schema: 'eventfold' }, masterKeys },
    });
    hosts.push(host);
    return host;
  }
  const stopRemotes = async () => {
    for (const host of hosts.splice(0)) await host.stop();
  };

  const join = async (id: string) =>
    (await beside.members.create(Member.join(id, `${id} lovelace`, `${id}@example.org`))).position;

  async function erase(subject: string): Promise<string> {
    const erasures = beside.app.get(ErasureService);
    const { id } = await erasures.request(subject);
    expect(await erasures.settled(id, PATIENCE_MS)).toBe(true);
    return id;
  }
  /** As if so much time had passed since all erasures were done. */
  const pass = (time: string) =>
    database.query('update eventfold.erasures set done_at = done_at - $1::interval', [time]);

  const rows = () => remote.query('select id, name, email from eventfold.members order by id');
  const applied = async () =>
    (
      await remote.query<{ id: string; found: number }>(
        'select erasure_id as id, found::integer as found from eventfold.applied_erasures order by number',
      )
    ).map(({ id, found }) => [id, found]);

  const abe = { id: 'abe', name: 'abe lovelace', email: 'abe@example.org' };
  const ann = { id: 'ann', name: 'ann lovelace', email: 'ann@example.org' };
  const bob = { id: 'bob', name: 'bob lovelace', email: 'bob@example.org' };
  const erased = (id: string) => ({ id, name: 'erased', email: null });

  it('empties rows once no process has the key in memory any more, and says so in a table', async () => {
    const host = await startRemote();
    await join('ann');
    await host.folded(await join('bob'));
    expect(await rows()).toEqual([ann, bob]);
    const id = await erase('ann');
    await stopRemotes();
    await (await startRemote()).folded(await join('abe'));
    expect([await rows(), await applied()]).toEqual([[abe, ann, bob], []]);
    await stopRemotes();
    await pass('2 minutes');
    await startRemote();
    await eventually(async () => expect(await applied()).toEqual([[id, 1]]));
    expect(await rows()).toEqual([abe, erased('ann'), bob]);
  });

  it('is applied once by several processes, after those before it, and to what tells of failures', async () => {
    await stopRemotes();
    const [cid, position] = [await join('cid'), await join('dan')];
    const first = await startRemote();
    await first.folded(position);
    await stopRemotes();
    const known = await applied();
    const ids = [await erase('dan'), await erase('cid')];
    await remote.query(
      `insert into eventfold.skipped_events (projection, build, key, position, event_id, error)
       values ('members', 'live', 'somebody', $1, gen_random_uuid(), 'no room for Miss Lovelace'),
              ('members', 'live', 'somebody', $2, gen_random_uuid(), 'no room for bob')`,
      [cid, 2],
    );
    await pass('2 minutes');
    await Promise.all([startRemote(), startRemote(), startRemote()]);
    await eventually(async () =>
      expect(await applied()).toEqual([...known, [ids[0], 1], [ids[1], expect.any(Number)]]),
    );
    expect(await rows()).toEqual([abe, erased('ann'), bob, erased('cid'), erased('dan')]);
    expect(await remote.query('select error from eventfold.skipped_events order by position')).toEqual([
      { error: 'no room for bob' },
      { error: 'erased' },
    ]);
  });

  it('waits until its position is folded', async () => {
    await stopRemotes();
    const host = await startRemote();
    await host.folded(await join('eve'));
    await host.app.get(ProjectionOperations).pause('members');
    await stopRemotes();
    const known = await applied();
    await join('fay');
    const id = await erase('eve');
    await pass('2 minutes');
    const again = await startRemote();
    await eventually(async () =>
      expect(await again.app.get(ProjectionOperations).get('members')).toMatchObject({ status: 'paused' }),
    );
    expect(await applied()).toEqual(known);
    await again.app.get(ProjectionOperations).resume('members');
    await eventually(async () => expect(await applied()).toEqual([...known, [id, 1]]), PATIENCE_MS);
    expect(await rows()).toContainEqual(erased('eve'));
  });
});
