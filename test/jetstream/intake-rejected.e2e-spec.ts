import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventfold } from '../support/cli.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';

const rated = (rating: number) => ({ userId: randomUUID(), contentId: 'film', rating });

(hasBroker() ? describe : describe.skip)('rejected messages', () => {
  let cluster: BrokerCluster;
  let stream: ViewingStream;
  let service: TestService;
  let home: string;

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    stream = await ViewingStream.on(cluster);
    service = await startTestService(stream.settings);
    home = await mkdtemp(join(tmpdir(), 'eventfold-intake-'));
  });
  afterAll(async () => {
    await service.stop();
    await stream.close();
    await cluster.remove();
    await rm(home, { recursive: true });
  });

  const rejected = (...args: string[]) =>
    eventfold({ JETSTREAM_URL: cluster.url }, 'intake', 'rejected', ...args);
  const stored = (id: string) =>
    service.database.query<{ data: object }>(
      `select event_data as data from eventfold.events where event_id = $1`,
      [id],
    );

  /** Publishes an invalid message. Returns its sequence among the rejected ones. */
  async function reject(body: object, headers: Record<string, string> = {}): Promise<number> {
    await stream.publish('shop.content.rated', body, headers);
    await stream.settled();
    return (await stream.rejected()).at(-1)!.sequence;
  }

  async function fileWith(body: object): Promise<string> {
    const file = join(home, `${randomUUID()}.json`);
    await writeFile(file, JSON.stringify(body));
    return file;
  }

  it('are none at first', async () => {
    const { code, out, err } = await rejected('list');
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: 'No message is rejected.\n' });
  });

  it('are listed with their reason, for people and for programs', async () => {
    const body = rated(6);
    const sequence = await reject(body, { 'x-sender': 'tv' });
    const lines = (await rejected('list')).out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(
      new RegExp(
        `^${sequence} +\\S+Z +shop\\.content\\.rated +VIEWING 1 +rating must not be greater than 5$`,
      ),
    );
    const { out } = await rejected('list', '--json');
    expect(JSON.parse(out)).toMatchObject({
      sequence,
      subject: 'shop.content.rated',
      stream: 'VIEWING',
      streamSequence: 1,
      headers: { 'x-sender': ['tv'] },
      body: JSON.stringify(body),
    });
  });

  it('are sent again when they are mended, and are not listed any more', async () => {
    const body = rated(6);
    const id = randomUUID();
    const sequence = await reject(body, { 'Nats-Msg-Id': id });
    const { code, out } = await rejected(
      'resend',
      String(sequence),
      '--data',
      await fileWith({ ...body, rating: 5 }),
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^Sent to shop\.content\.rated: it is message \d+ of VIEWING now\.\n$/);
    await stream.settled();
    expect(await stored(id)).toEqual([{ data: { ...body, rating: 5 } }]);
    expect((await stream.rejected()).map((one) => one.sequence)).not.toContain(sequence);
  });

  it('are rejected again when they are sent as they were', async () => {
    const sequence = await reject(rated(7));
    const before = (await stream.rejected()).length;
    const { out } = await rejected('resend', String(sequence), '--json');
    expect(JSON.parse(out)).toMatchObject({ sequence, subject: 'shop.content.rated', stream: 'VIEWING' });
    await stream.settled();
    const after = await stream.rejected();
    expect(after).toHaveLength(before);
    expect(after.at(-1)!.sequence).toBeGreaterThan(sequence);
  });

  it('are taken once, though two operators send one', async () => {
    const { eventId } = (await stream.rejected()).at(-1)!;
    const sequence = (await stream.rejected()).at(-1)!.sequence;
    const file = await fileWith(rated(3));
    await Promise.all([1, 2].map(() => rejected('resend', String(sequence), '--data', file)));
    await stream.settled();
    expect(await stored(eventId)).toHaveLength(1);
  });

  it.each([
    [['resend', '999'], 1, 'there is no rejected message 999.'],
    [['resend', 'first'], 2, '<sequence> is "first": it must be a whole number from 1 on'],
    [['resend', '1', '--data', 'nowhere.json'], 2, '--data cannot be read'],
  ])('are not sent for a mistake: %j', async (args, exitCode, message) => {
    const { code, err } = await rejected(...args);
    expect({ code, err }).toEqual({ code: exitCode, err: expect.stringContaining(message) });
  });

  it('need a broker', async () => {
    expect(await eventfold({}, 'intake', 'rejected', 'list')).toMatchObject({
      code: 2,
      err: expect.stringContaining('JETSTREAM_URL is not set'),
    });
    expect(
      await eventfold({ JETSTREAM_URL: 'nats://127.0.0.1:1' }, 'intake', 'rejected', 'list'),
    ).toMatchObject({
      code: 1,
      err: expect.stringContaining('the JetStream cluster does not answer'),
    });
  });
});
