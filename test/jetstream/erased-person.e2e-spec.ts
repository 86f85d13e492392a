import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventfold } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { relayBecomes } from '../support/jetstream/relayed-service.js';
import { RelayedStream } from '../support/jetstream/relayed-stream.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';

(hasBroker() ? describe : describe.skip)('an erased person, with a broker', () => {
  let cluster: BrokerCluster;
  let viewing: ViewingStream;
  let relayed: RelayedStream;
  let service: TestService;
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  const [userId, email] = [randomUUID(), `${randomUUID()}@example.org`];

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    viewing = await ViewingStream.on(cluster);
    folder = await mkdtemp(join(tmpdir(), 'eventfold-privacy-'));
    environment = { ...viewing.settings, RELAY: 'on', PRIVACY_LEDGER: join(folder, 'erasures.jsonl') };
    service = await startTestService(environment);
    await relayBecomes(service.api, { state: 'running' });
    relayed = await RelayedStream.open(cluster.url);
  });
  afterAll(async () => {
    await relayed.close();
    await service.stop();
    await viewing.close();
    await cluster.remove();
    await rm(folder, { recursive: true });
  });

  const verify = async () => {
    const variables = { DATABASE_URL: service.database.url, ...environment };
    const { code, out } = await eventfold(variables, 'privacy', 'verify', userId, '--text', email);
    return { code, lines: out.trimEnd().split('\n') };
  };

  it('is not in the stream of the relay, before and after', async () => {
    const { body } = await service.api.post('/users', { userId, email, name: 'Ann' });
    await eventually(async () => expect(await relayed.lastSequence()).toBe(body.position));
    const before = await verify();
    expect(before.lines).toContain(`eventfold.user_profiles.email: 1 rows with "${email}"`);
    expect(before.lines.join()).not.toContain('stream');
    await eventfold({ DATABASE_URL: service.database.url, ...environment }, 'privacy', 'erase', userId);
    expect(await verify()).toEqual({ code: 0, lines: [`${userId}: forgotten`] });
  });

  it('is found in each stream that has her address, in whatever part of a message and however it is written', async () => {
    await viewing.publish('shop.content.rated', { rating: 9, note: email.toUpperCase() }); // rejected
    await viewing.publish('shop.mail', 'x', { 'x-from': Buffer.from(`from ${email}`).toString('base64') });
    await viewing.settled();
    const { code, lines } = await verify();
    expect(code).toBe(1);
    expect(lines).toContain(`stream VIEWING: 2 messages with "${email}"`);
    expect(lines).toContain(`stream eventfold_rejected: 2 messages with "${email}"`);
    expect(lines.at(-1)).toBe(`${userId}: NOT FORGOTTEN`);
  });

  it('is forgotten again when these are gone', async () => {
    const { streams: all } = viewing.broker.streams;
    await all.purge(ViewingStream.NAME);
    await all.purge('eventfold_rejected');
    expect(await verify()).toEqual({ code: 0, lines: [`${userId}: forgotten`] });
  });

  it('is not said to be forgotten while the broker is away', async () => {
    await cluster.killNode(0);
    const variables = { DATABASE_URL: service.database.url, ...environment };
    const { code, err } = await eventfold(variables, 'privacy', 'verify', userId, '--text', email);
    expect(code).toBe(1);
    expect(err).toContain('The streams of the broker were not searched');
  });
});
