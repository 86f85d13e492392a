import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JetStreamModule } from '../../src/jetstream/index.js';
import { Intake } from '../../src/jetstream/intake/intake.js';
import { createTestDatabase, startTestApplication } from '../../src/testing/index.js';
import { viewingEventOf, ViewingModule } from '../../src/viewing/viewing.module.js';
import { eventually } from '../support/eventually.js';
import { PATIENCE_MS } from '../support/patience.js';
import { type BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { freePort } from '../support/servers/free-port.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';
import type { TestDatabase } from '../support/test-database.js';

const ACK_WAIT_MS = 1_000;
const MESSAGES = 5;
const RIGHTS = [
  '$JS.API.INFO',
  '$JS.API.STREAM.INFO.VIEWING',
  '$JS.API.STREAM.NAMES',
  '$JS.API.STREAM.CREATE.eventfold_rejected',
  '$JS.API.CONSUMER.INFO.VIEWING.eventfold',
  '$JS.API.CONSUMER.CREATE.VIEWING.eventfold',
  '$JS.API.CONSUMER.MSG.NEXT.VIEWING.eventfold',
  '$JS.ACK.VIEWING.eventfold.>',
  'eventfold.rejected',
];

(hasBroker() ? describe : describe.skip)('the rights of an intake at the broker', () => {
  let folder: string;
  let child: ChildProcess;
  let stream: ViewingStream;
  let database: TestDatabase;
  let app: INestApplicationContext;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eventfold-rights-'));
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await app.close();
    await stream.close();
    await database.drop();
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true });
  });

  /** A broker whose user `app` may publish to these subjects alone, and an intake with that user. */
  async function startWith(subjects: readonly string[], hasConsumer = true): Promise<void> {
    const port = await freePort();
    const url = (user: string) => `nats://${user}:secret@127.0.0.1:${port}`;
    const permissions = `{ publish: ${JSON.stringify(subjects)}, subscribe: ["_INBOX.>"] }`;
    const users = `{ user: admin, password: secret }, { user: app, password: secret, permissions: ${permissions} }`;
    const file = join(folder, 'nats.conf');
    const settings = [
      `listen: "127.0.0.1:${port}"`,
      `jetstream { store_dir: "${folder}" }`,
      `authorization { users: [${users}] }`,
    ];
    await writeFile(file, settings.join('\n'));
    child = spawn('nats-server', ['-c', file], { stdio: 'ignore' });
    const admin = { url: url('admin'), size: 1 } as BrokerCluster;
    await eventually(async () => void (stream = await ViewingStream.on(admin)), PATIENCE_MS);
    if (hasConsumer) await stream.addConsumer(ACK_WAIT_MS);
    const intake = { stream: ViewingStream.NAME, map: viewingEventOf };
    app = await startTestApplication(database.url, {
      imports: [ViewingModule, JetStreamModule.forRoot({ servers: url('app'), intake })],
    });
  }
  const report = () => app.get(Intake, { strict: false }).report;

  async function publish(): Promise<void> {
    const userId = '0f8fad5b-d9cb-469f-a165-70867728950e';
    for (let rating = 1; rating <= MESSAGES; rating++)
      await stream.publish('shop.content.rated', { userId, contentId: 'film', rating });
  }

  it('are few: those that the docs list', async () => {
    await startWith(RIGHTS, false);
    await stream.publish('shop.content.rated', 'no json');
    await publish();
    await eventually(() => stream.settled(), PATIENCE_MS); // the intake makes the consumer
    expect(report()).toMatchObject({ state: 'running', messages: { appended: MESSAGES, rejected: 1 } });
  });

  it.each([['$JS.ACK.'], ['$JS.API.CONSUMER.MSG.NEXT.']])(
    'are what it waits for, in words and once in the log, when one is missing: %s',
    async (missing) => {
      const warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
      await startWith(RIGHTS.filter((subject) => !subject.startsWith(missing)));
      await publish();
      const reason = `the user of the broker lacks the right for publish to ${missing}`;
      await eventually(() => expect(report().waitingFor).toContain(reason));
      const since = performance.now();
      await eventually(() => expect(performance.now() - since).toBeGreaterThan(4 * ACK_WAIT_MS), PATIENCE_MS);
      expect(report()).toMatchObject({ state: 'waiting', waitingFor: expect.stringContaining(reason) });
      expect(warned.mock.calls.filter(([line]) => String(line).includes(reason))).toHaveLength(1);
      warned.mockRestore();
    },
  );
});
