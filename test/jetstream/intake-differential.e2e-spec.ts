import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Random } from '../../bench/simulate/random.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';
import { scaled } from '../support/scale.js';

const BODIES = scaled(400, 5_000);
const seed = Number(process.env.INTAKE_SEED ?? Math.floor(Math.random() * 2 ** 31));

const VALUES: readonly unknown[] = [
  [null, true, 0, -1, 0.5, 1, 5, 6, 100, 100.1, 1e9, 1e10, [], {}, [[]], [1], { a: 1 }],
  ['', ' ', 'a', 'a\0b', '\ud800', '1', '-1', 'x'.repeat(129), '__proto__', 'drama'],
  ['2026-01-31T20:15:00Z', '2026-02-30T25:61:61Z', '2999-01-01T00:00:00Z', '2026-01-31'],
  ['7C9E6679-7425-40DE-944B-E07FC1F90AE7', '{7c9e6679-7425-40de-944b-e07fc1f90ae7}', '7c9e6679'],
].flat();
const NAMES = [
  'userId',
  'contentId',
  'rating',
  'genre',
  'occurredAt',
  'eventId',
  'type',
  '__proto__',
  'toEvent',
];

/** The parser of requests refuses the name `__proto__` as well. */
const NO_JSON = /^the body must be JSON$|property __proto__ should not exist/;

/** The same bodies are sent to the routes of one service and to the intake of another one. */
(hasBroker() ? describe : describe.skip)(
  `a message and a request with one body (INTAKE_SEED=${seed})`,
  () => {
    const random = new Random(`${seed}/bodies`);
    const bodies = Array.from({ length: BODIES }, () => changed());
    let cluster: BrokerCluster;
    let stream: ViewingStream;
    let byMessage: TestService;
    let byRequest: TestService;

    beforeAll(async () => {
      cluster = await BrokerCluster.start(1);
      stream = await ViewingStream.on(cluster);
      [byMessage, byRequest] = await Promise.all([startTestService(stream.settings), startTestService()]);
    });
    afterAll(async () => {
      await Promise.all([byMessage.stop(), byRequest.stop()]);
      await stream.close();
      await cluster.remove();
    });

    /** A valid body with none, one or two of its fields changed. */
    function changed(): { route: 'watched' | 'rated'; text: string } {
      const route = random.pick(['watched', 'rated'] as const);
      const of = { userId: randomUUID(), contentId: 'film', eventId: randomUUID() };
      const body: Record<string, unknown> =
        route === 'rated'
          ? { ...of, rating: 4 }
          : { ...of, watchDurationSeconds: 1, completionPercentage: 1 };
      for (let changes = random.integer(0, 2); changes > 0; changes--) {
        const name = random.pick([...NAMES, ...Object.keys(body)]);
        const value = random.chance(0.1) ? undefined : random.pick(VALUES);
        Object.defineProperty(body, name, { value, enumerable: true, configurable: true, writable: true });
      }
      const text = JSON.stringify(body);
      return { route, text: random.chance(0.05) ? text.slice(0, -1) : text };
    }

    it('have one outcome: the same events, and the same errors', async () => {
      const refusals: string[] = [];
      for (const { route, text } of bodies) {
        await stream.publish(`shop.content.${route}`, text);
        const { status, body } = await byRequest.api.post(`/viewing/${route}`, text);
        if (status !== 202) refusals.push(body.type === 'invalid-request' ? body.detail : 'no JSON');
      }
      await stream.settled();
      const reasons = (await stream.rejected()).map(({ reason }) =>
        NO_JSON.test(reason) ? 'no JSON' : reason,
      );
      expect(reasons).toEqual(refusals.map((refusal) => refusal.replaceAll(/\s+|\p{Cc}/gu, ' ')));
      expect(reasons.length).toBeGreaterThan(BODIES / 5);
      expect(await eventsOf(byMessage)).toEqual(await eventsOf(byRequest));
    });

    const eventsOf = ({ database }: TestService) =>
      database.query(
        `select global_position as position, event_type as type, stream_id as stream, event_data as data
         from eventfold.events order by global_position`,
      );
  },
);
