import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RelayMonitor } from '../../src/event-sourcing/for-service.js';
import { TextSearch } from '../../src/event-sourcing/index.js';
import { jetstreamLog, JetStreamModule } from '../../src/jetstream/index.js';
import { eventually } from '../support/eventually.js';
import { countsOf, createTallies, startTallyHost, type TallyHost } from '../support/hosts/tally-host.js';
import { createRemoteDatabase } from '../support/jetstream/remote-database.js';
import { PATIENCE_MS } from '../support/patience.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** The permissions of a page, as they are printed there. */
function rightsOf(page: string): string {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8');
  return /```conf\n([\s\S]*?)\nauthorization/.exec(text)![1]!;
}

/** A person without a name may do everything; the other users have what the pages print. */
const SETTINGS = `
${rightsOf('relay.md')}
${rightsOf('remote-projections.md')}
${rightsOf('privacy.md')}
authorization { users = [
  { user: all, password: "all" }
  { user: relay, password: "1", permissions: $relay }
  { user: remote, password: "2", permissions: $remote }
  { user: search, password: "3", permissions: $search }
  { user: mute, password: "4", permissions: { publish: ["$JS.API.>"], subscribe: ["_INBOX.>"] } }
] }
no_auth_user: all
`;

(hasBroker() ? describe : describe.skip)('users with the rights that the pages list', () => {
  let cluster: BrokerCluster;
  let database: TestDatabase;
  let remote: TestDatabase;
  let beside: TallyHost;

  const urlOf = (login: string) => cluster.url.replace('nats://', `nats://${login}@`);

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1, SETTINGS);
    [database, remote] = [await createTestDatabase(), await createRemoteDatabase()];
    for (const each of [database, remote]) await createTallies(each);
    beside = await startTallyHost(database, {
      imports: [JetStreamModule.forRoot({ servers: urlOf('relay:1'), relay: { comparisonIntervalMs: 100 } })],
    });
  });
  afterAll(async () => {
    await beside.stop();
    for (const each of [remote, database]) await each.drop();
    await cluster.remove();
  });

  it('relay the log, and fold the stream', async () => {
    const position = await beside.tick('a', 30);
    const monitor = beside.app.get(RelayMonitor, { strict: false });
    await eventually(
      async () => expect(await monitor.status()).toMatchObject({ state: 'running', position }),
      PATIENCE_MS,
    );
    expect(await monitor.examine()).toMatchObject({ state: 'running', position });
    const host = await startTallyHost(remote, {
      log: jetstreamLog({ servers: urlOf('remote:2') }),
      notifications: { checkIntervalMs: 50 },
    });
    await host.folded(await beside.tick('b', 5));
    expect(await countsOf(remote)).toEqual({ a: 30, b: 5 });
    await host.stop();
  });

  it('are named where one is missing: a relay that may not publish says so at once', async () => {
    const log = await createTestDatabase();
    await createTallies(log);
    const relay = { stream: 'MUTE', prefix: 'mute' };
    const host = await startTallyHost(log, {
      imports: [JetStreamModule.forRoot({ servers: urlOf('mute:4'), relay })],
    });
    await host.tick('a');
    const monitor = host.app.get(RelayMonitor, { strict: false });
    await eventually(async () =>
      expect(await monitor.status()).toMatchObject({
        state: 'waiting',
        reason: expect.stringMatching(/Permissions Violation for Publish to "mute\.\d\d\.tally\.ticked"/i),
      }),
    );
    await host.stop();
    await log.drop();
  });

  it('search the stream for texts', async () => {
    const position = await beside.tick('ann@example.org', 600);
    const monitor = beside.app.get(RelayMonitor, { strict: false });
    await eventually(async () => expect(await monitor.status()).toMatchObject({ position }), PATIENCE_MS);
    const host = await startTallyHost(database, {
      projections: false,
      imports: [JetStreamModule.forRoot({ servers: urlOf('search:3'), relay: {} })],
    });
    const found = await host.app.get(TextSearch).find(['ann@example.org', 'nobody']);
    expect(found.filter(({ isElsewhere }) => isElsewhere)).toMatchObject([
      { table: 'stream EVENTFOLD', count: 600, text: 'ann@example.org' },
    ]);
    await host.stop();
  });
});
