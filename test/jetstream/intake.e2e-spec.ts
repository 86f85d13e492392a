import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Intake } from '../../src/jetstream/intake/intake.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { eventually } from '../support/eventually.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';

interface StoredRow {
  id: string;
  stream: string;
  type: string;
  data: object;
}

const watched = (contentId = 'film') => ({
  userId: randomUUID(),
  contentId,
  watchDurationSeconds: 5_400.5,
  completionPercentage: 87.5,
});

(hasBroker() ? describe : describe.skip)('the intake', () => {
  let cluster: BrokerCluster;
  let stream: ViewingStream;
  let service: TestService;

  beforeAll(async () => {
    cluster = await BrokerCluster.start(1);
    stream = await ViewingStream.on(cluster);
    await stream.addConsumer(3_000); // what is on the wire at a stop comes again after this time
    service = await startTestService(stream.settings);
  });
  afterAll(async () => {
    await service.stop();
    await stream.close();
    await cluster.remove();
  });

  const log = () =>
    service.database.query<StoredRow>(
      `select event_id as id, stream_id as stream, event_type as type, event_data as data
         from eventfold.events order by global_position`,
    );
  const stored = async (id: string) => (await log()).filter((row) => row.id === id);
  const status = () => service.app.get(Intake, { strict: false }).report;

  it.each([
    ['content.catalogued', { contentId: 'film', title: 'The Godfather', genre: 'crime' }],
    ['content.watched', watched('films/étranger 🎬')],
    ['content.rated', { userId: randomUUID(), contentId: 'film', rating: 4 }],
  ])('takes a message %s into the log, as it was sent', async (type, body) => {
    const eventId = randomUUID();
    await stream.publish(`shop.${type}`, { ...body, eventId });
    await stream.settled();
    expect(await stored(eventId)).toEqual([
      { id: eventId, stream: `content-${body.contentId}`, type, data: body },
    ]);
  });

  it('takes the type from the header ce-type, whatever the subject is', async () => {
    const eventId = randomUUID();
    await stream.publish('shop.all', { ...watched(), eventId }, { 'ce-type': 'content.watched' });
    await stream.settled();
    expect(await stored(eventId)).toMatchObject([{ type: 'content.watched' }]);
  });

  it('names an event by the message id, when the body has no id', async () => {
    const id = randomUUID();
    await stream.publish('shop.content.watched', watched(), { 'Nats-Msg-Id': id.toUpperCase() });
    await stream.settled();
    expect(await stored(id)).toHaveLength(1);
  });

  it('names an event by its place in the stream, when nothing else names it', async () => {
    const before = await log();
    await stream.publish('shop.content.watched', watched(), { 'Nats-Msg-Id': 'view 17' });
    await stream.publish('shop.content.watched', watched());
    await stream.settled();
    const ids = (await log()).slice(before.length).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^.{8}-.{4}-5/);
  });

  it('takes a repeat as a duplicate, which changes nothing', async () => {
    const body = { ...watched(), eventId: randomUUID() };
    const { duplicate } = status().messages;
    for (const times of [1, 2, 3]) {
      await stream.publish('shop.content.watched', body);
      await stream.settled();
      expect(await stored(body.eventId)).toHaveLength(1);
      await eventually(() => expect(status().messages.duplicate).toBe(duplicate + times - 1));
    }
    await stream.publish('shop.content.watched', { ...body, completionPercentage: 1 });
    await stream.settled();
    expect(await stored(body.eventId)).toMatchObject([{ data: { completionPercentage: 87.5 } }]);
  });

  it.each([
    ['shop.content.watched', { ...watched(), completionPercentage: 101 }, 'completionPercentage must not be'],
    ['shop.content.watched', { ...watched(), mood: 'good' }, 'property mood should not exist'],
    ['shop.content.watched', '{"userId":', 'the body must be JSON'],
    ['shop.content.watched', '', 'the body must be JSON'],
    ['shop.content.watched', '[]', 'must be an object'],
    ['shop.content.skipped', watched(), 'type must be one of the following values'],
    ['shop.watched', watched(), 'type must be one of the following values'],
  ])('keeps an invalid message with the reason, and goes on: %s %j', async (subject, body, reason) => {
    const eventId = randomUUID();
    const sequence = await stream.publish(subject, body, { 'x-sender': 'tv' });
    await stream.publish('shop.content.watched', { ...watched(), eventId });
    await stream.settled();
    expect(await stored(eventId)).toHaveLength(1);
    expect((await stream.rejected()).at(-1)).toMatchObject({
      reason: expect.stringContaining(reason),
      subject,
      stream: ViewingStream.NAME,
      streamSequence: sequence,
      headers: { 'x-sender': ['tv'] },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  });

  it('takes thousands of messages, each once and in order', async () => {
    const before = (await log()).length;
    const events = Array.from({ length: 3_000 }, () => ({ ...watched(), eventId: randomUUID() }));
    for (let from = 0; from < events.length; from += 500) {
      const some = events.slice(from, from + 500);
      await Promise.all(some.map((event) => stream.publish('shop.content.watched', event)));
    }
    await stream.settled();
    expect((await log()).slice(before).map(({ id }) => id)).toEqual(events.map(({ eventId }) => eventId));
  });

  it('shares its messages with other processes', async () => {
    const other = await startOn(service.database.url, stream.settings);
    const intakes = [service.app, other.app].map((app) => app.get(Intake, { strict: false }));
    await eventually(() => expect(intakes[1]!.report.state).toBe('running'));
    const before = intakes.map(({ report }) => report.messages.appended);
    const events = Array.from({ length: 1_000 }, () => ({ ...watched(), eventId: randomUUID() }));
    await Promise.all(events.map((event) => stream.publish('shop.content.watched', event)));
    await stream.settled();
    const taken = intakes.map(({ report }, index) => report.messages.appended - before[index]!);
    await other.stop();
    expect(taken[0]! + taken[1]!).toBe(1_000);
    expect(Math.min(...taken)).toBeGreaterThan(0);
    const ids = new Set((await log()).map(({ id }) => id));
    expect(events.filter(({ eventId }) => !ids.has(eventId))).toEqual([]);
  });

  it('shows its state in health and metrics', async () => {
    const { body } = await service.api.get('/health/ready');
    expect(body.checks).toMatchObject({ intake: 'ok' });
    const { body: metrics } = await service.api.get('/metrics');
    const { appended, rejected } = status().messages;
    for (const line of [
      /^eventfold_intake_running 1$/m,
      /^eventfold_intake_pending \d+$/m,
      new RegExp(`^eventfold_intake_messages_total{outcome="appended"} ${appended}$`, 'm'),
      new RegExp(`^eventfold_intake_messages_total{outcome="rejected"} ${rejected}$`, 'm'),
    ]) {
      expect(metrics).toMatch(line);
    }
  });

  it('stops in order, and leaves the rest to the next process', async () => {
    const events = Array.from({ length: 1_000 }, () => ({ ...watched(), eventId: randomUUID() }));
    const publications = events.map((event) => stream.publish('shop.content.watched', event));
    const first = service.app.get(Intake, { strict: false });
    await first.stop();
    await first.stop();
    expect(first.report).toMatchObject({ state: 'stopped', held: 0 });
    await Promise.all(publications);
    const next = await startOn(service.database.url, stream.settings);
    await stream.settled();
    await next.stop();
    const ids = (await log()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(events.filter(({ eventId }) => !ids.includes(eventId))).toEqual([]);
  });
});
