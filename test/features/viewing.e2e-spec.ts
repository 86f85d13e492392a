import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Api } from '../support/http/api.js';
import { startOn, startTestService, type TestService } from '../support/http/test-service.js';

interface StoredRow {
  position: number;
  streamId: string;
  version: number;
  eventId: string;
  type: string;
  data: object;
}

let service: TestService;
let api: Api;
beforeAll(async () => {
  service = await startTestService();
  ({ api } = service);
});
afterAll(() => service.stop());

/** The stored events of some ids, in the order of the log. */
function stored(eventIds: readonly string[]): Promise<StoredRow[]> {
  return service.database.query<StoredRow>(
    `select global_position::int as position, stream_id as "streamId", stream_version as version,
            event_id as "eventId", event_type as type, event_data as data
       from eventfold.events where event_id = any ($1::uuid[]) order by global_position`,
    [eventIds],
  );
}

async function logSize(): Promise<number> {
  const [row] = await service.database.query<{ size: number }>(
    'select count(*)::int as size from eventfold.events',
  );
  return row!.size;
}

const watched = (contentId = 'film') => ({
  userId: randomUUID(),
  contentId,
  watchDurationSeconds: 5_400.5,
  completionPercentage: 87.5,
});
const rated = (contentId = 'film') => ({ userId: randomUUID(), contentId, rating: 4 });
const MORE = { genre: 'drama', occurredAt: '2026-01-31T21:15:00.250+01:00' };

describe('a command of the viewing service', () => {
  it.each([
    ['watched', 'content.watched', watched()],
    ['watched', 'content.watched', { ...watched('films/étranger 🎬'), ...MORE }],
    ['rated', 'content.rated', rated()],
    ['rated', 'content.rated', { ...rated('a'), occurredAt: MORE.occurredAt }],
  ])('%s becomes %s in the log, as it was sent: %j', async (path, type, body) => {
    const { status, headers, body: receipt } = await api.post(`/viewing/${path}`, body);
    expect(status).toBe(202);
    const [event] = await stored([receipt.eventId]);
    expect(event).toMatchObject({ streamId: `content-${body.contentId}`, type, data: body });
    expect(Object.keys(event!.data).toSorted()).toEqual(Object.keys(body).toSorted());
    expect(receipt).toEqual({ eventId: event!.eventId, position: event!.position });
    expect(headers.get('etag')).toBe(`"${event!.version}"`);
    expect(headers.has('idempotent-replayed')).toBe(false);
  });

  it('catalogues a content under the id in its path, as often as it likes', async () => {
    for (const [version, title] of ['The Godfather', 'The Godfather Part I'].entries()) {
      const answer = await api.put('/contents/the-godfather-1972', { title, genre: 'crime' });
      expect(answer).toMatchObject({ status: 200, body: { position: expect.any(Number) } });
      expect(await stored([answer.body.eventId])).toEqual([
        {
          position: answer.body.position,
          streamId: 'content-the-godfather-1972',
          version: version + 1,
          eventId: answer.body.eventId,
          type: 'content.catalogued',
          data: { contentId: 'the-godfather-1972', title, genre: 'crime' },
        },
      ]);
    }
  });

  it('brings its own event id, under which the log takes it once', async () => {
    const body = { ...watched(), eventId: randomUUID() };
    const first = await api.post('/viewing/watched', body);
    expect(first).toMatchObject({ status: 202, body: { eventId: body.eventId } });
    expect((await stored([body.eventId]))[0]!.data).not.toHaveProperty('eventId');
    const size = await logSize();
    for (const eventId of [body.eventId, body.eventId.toUpperCase()]) {
      const repeated = await api.post('/viewing/watched', { ...body, eventId });
      expect(repeated).toMatchObject({ status: first.status, body: first.body });
      expect(repeated.headers.get('etag')).toBe(first.headers.get('etag'));
      expect(repeated.headers.get('idempotent-replayed')).toBe('true');
    }
    expect(await logSize()).toBe(size);
  });

  it('is known by its event id on another instance as well', async () => {
    const body = { ...rated(), eventId: randomUUID() };
    const first = await api.post('/viewing/rated', body);
    const other = await startOn(service.database.url);
    try {
      const repeated = await new Api(other.url).post('/viewing/rated', body);
      expect(repeated).toMatchObject({ status: 202, body: first.body });
      expect(repeated.headers.get('idempotent-replayed')).toBe('true');
    } finally {
      await other.stop();
    }
  });

  it('is taken once when it comes many times at the same moment', async () => {
    const body = { ...watched(), eventId: randomUUID() };
    const size = await logSize();
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.post('/viewing/watched', body)));
    for (const answer of answers) expect(answer).toMatchObject({ status: 202, body: answers[0]!.body });
    const replayed = answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true');
    expect(replayed).toHaveLength(11);
    expect(await logSize()).toBe(size + 1);
  });
});

describe('a batch', () => {
  const view = (eventId?: string, contentId = 'film') => {
    return { type: 'content.watched', ...watched(contentId), ...(eventId && { eventId }) };
  };
  const star = (eventId?: string) => ({ type: 'content.rated', ...rated(), ...(eventId && { eventId }) });
  const ids = (count: number) => Array.from({ length: count }, () => randomUUID());
  const send = async (events: readonly unknown[], headers = {}) => {
    const { status, body } = await api.post('/viewing/events', events, headers);
    expect(status).toBe(200);
    return body.verdicts;
  };

  it('has a verdict on each entry, in order, whatever comes of the others', async () => {
    const [known, fresh, bad] = ids(3) as [string, string, string];
    const [{ position: knownPosition }] = await send([view(known)]);
    const head = await logSize();
    const last = star();
    const verdicts = await send([
      view(fresh),
      { ...view(bad), completionPercentage: 101, watchDurationSeconds: -1 },
      view(known),
      { ...star(), type: 'content.liked' },
      'no event',
      last,
      view(fresh),
    ]);
    const error = (path: string) => ({ path, message: expect.any(String) });
    expect(verdicts).toEqual([
      { verdict: 'appended', eventId: fresh, position: head + 1 },
      {
        verdict: 'invalid',
        eventId: bad,
        errors: expect.arrayContaining([error('completionPercentage'), error('watchDurationSeconds')]),
      },
      { verdict: 'duplicate', eventId: known, position: knownPosition },
      { verdict: 'invalid', eventId: null, errors: [error('type')] },
      {
        verdict: 'invalid',
        eventId: null,
        errors: [expect.objectContaining({ message: expect.any(String) })],
      },
      { verdict: 'appended', eventId: expect.any(String), position: head + 2 },
      { verdict: 'duplicate', eventId: fresh, position: head + 1 },
    ]);
    expect(await logSize()).toBe(head + 2);
    const { type, ...data } = last;
    expect(await stored([verdicts[5].eventId])).toMatchObject([{ type, data }]);
  });

  it('stores its events as single commands would, in its order, under one correlation id', async () => {
    const events = [view(randomUUID(), 'a'), star(randomUUID()), { ...view(randomUUID(), 'a'), ...MORE }];
    const correlationId = randomUUID();
    await send(events, { 'x-correlation-id': correlationId });
    const rows = await stored(events.map(({ eventId }) => eventId!));
    expect(rows.map(({ eventId, type, streamId, data }) => ({ eventId, type, streamId, data }))).toEqual(
      events.map(({ eventId, type, ...data }) => ({
        eventId,
        type,
        streamId: `content-${data.contentId}`,
        data,
      })),
    );
    const metadata = await service.database.query<{ correlationId: string }>(
      `select distinct metadata->>'correlationId' as "correlationId" from eventfold.events
        where event_id = any ($1::uuid[])`,
      [events.map(({ eventId }) => eventId)],
    );
    expect(metadata).toEqual([{ correlationId }]);
  });

  it('that holds nothing good appends nothing', async () => {
    const size = await logSize();
    const verdicts = await send([{}, null, { ...view(), contentId: '' }]);
    expect(verdicts).toMatchObject([{ verdict: 'invalid' }, { verdict: 'invalid' }, { verdict: 'invalid' }]);
    expect(await logSize()).toBe(size);
  });

  it('may have 1,000 events, takes them all at once, and none of them again', async () => {
    const events = ids(1_000).map((eventId, index) => view(eventId, `thousand-${index % 7}`));
    const head = await logSize();
    const verdicts = await send(events);
    expect(verdicts).toEqual(
      events.map(({ eventId }, index) => ({ verdict: 'appended', eventId, position: head + index + 1 })),
    );
    expect(await send(events.toReversed())).toEqual(
      verdicts.toReversed().map((verdict: object) => ({ ...verdict, verdict: 'duplicate' })),
    );
    expect(await logSize()).toBe(head + 1_000);
    const streams = await service.database.query(
      `select from eventfold.events where stream_id like 'content-thousand-%'
        group by stream_id having max(stream_version) = count(*)`,
    );
    expect(streams).toHaveLength(7);
  });

  it('takes each event once when many batches with the same ones meet', async () => {
    const events = ids(50).map((eventId) => view(eventId, `meeting-${eventId[0]}`));
    const head = await logSize();
    const rotated = Array.from({ length: 8 }, (_, by) => [
      ...events.slice(by * 6),
      ...events.slice(0, by * 6),
    ]);
    const verdicts = (await Promise.all(rotated.map((batch) => send(batch)))).flat();
    const appended = verdicts.filter(({ verdict }) => verdict === 'appended');
    expect(appended).toHaveLength(50);
    expect(new Set(appended.map(({ eventId }) => eventId))).toEqual(
      new Set(events.map(({ eventId }) => eventId)),
    );
    const placeOf = new Map(appended.map(({ eventId, position }) => [eventId, position]));
    for (const { eventId, position } of verdicts) expect(position).toBe(placeOf.get(eventId));
    expect(await logSize()).toBe(head + 50);
  });
});
