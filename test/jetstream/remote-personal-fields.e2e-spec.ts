import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ProjectionOperations } from '../../src/event-sourcing/index.js';
import { jetstreamLog, JetStreamModule } from '../../src/jetstream/index.js';
import { eventually } from '../support/eventually.js';
import {
  createMembers,
  masterKey,
  Member,
  type MembersHost,
  type MembersHostOptions,
  startMembersHost,
} from '../support/hosts/members-host.js';
import { createRemoteDatabase } from '../support/jetstream/remote-database.js';
import { PATIENCE_MS } from '../support/patience.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

(hasBroker() ? describe : describe.skip)('personal fields in a projection without a log', () => {
  const masterKeys = [masterKey(1)];
  let cluster: BrokerCluster;
  let database: TestDatabase;
  let remote: TestDatabase;
  let beside: MembersHost;
  let warnings: string[];

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
    await beside.stop();
    for (const each of [remote, database]) await each.drop();
    await cluster.remove();
  });

  async function startRemote(options: MembersHostOptions = {}): Promise<MembersHost> {
    const host = await startMembersHost(remote, { log: jetstreamLog({ servers: cluster.url }), ...options });
    warnings = [];
    Logger.overrideLogger({ log() {}, error() {}, warn: (message) => void warnings.push(String(message)) });
    return host;
  }

  const join = async (id: string) => (await beside.members.create(Member.join(id, id))).position;

  const namesOf = async () =>
    (await remote.query<{ name: string }>('select name from eventfold.members order by id')).map(
      ({ name }) => name,
    );

  it('read as after an erasure without their keys, which a warning says, until a rebuild with them', async () => {
    const without = await startRemote();
    await without.folded(await join('ann'));
    await without.folded(await join('bob'));
    expect(await namesOf()).toEqual(['erased', 'erased']);
    expect(warnings.filter((warning) => warning.includes('privacy.keys is not given'))).toHaveLength(1);
    await without.stop();

    const keys = { url: database.url, schema: 'eventfold' };
    const host = await startRemote({ privacy: { keys, masterKeys } });
    await host.folded(await join('cid'));
    expect(await namesOf()).toEqual(['erased', 'erased', 'cid']);
    await host.app.get(ProjectionOperations).rebuild('members');
    await eventually(async () => expect(await namesOf()).toEqual(['ann', 'bob', 'cid']), PATIENCE_MS);
    expect(warnings.join()).not.toContain('privacy.keys');
    await host.stop();
  });
});
