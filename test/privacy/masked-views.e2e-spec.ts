/** Personal values in the answers of operators' routes: hidden when a request asks for that. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ProjectionProgress } from '../../src/event-sourcing/index.js';
import { PersonalViews } from '../../src/event-sourcing/for-service.js';
import { MASK } from '../../src/event-sourcing/privacy/view/personal-mask.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { SECRET, tokenOf } from '../support/http/tokens.js';

const MASKED = { 'personal-data': 'masked' };
const ADDRESS = 'ada.lovelace@example.org';
const NAME = 'Ada Lovelace';

describe('an answer without personal values', () => {
  let service: TestService;
  const userId = randomUUID();
  const stream = `user-${userId}`;
  let authorization: string;
  let position: number;

  const headers = (more: object = {}) => ({ authorization, ...more });
  const both = async (path: string) => {
    const [plain, masked] = await Promise.all([
      service.api.get(path, headers()),
      service.api.get(path, headers(MASKED)),
    ]);
    expect([plain.status, masked.status]).toEqual([200, 200]);
    return { plain: JSON.stringify(plain.body), masked: JSON.stringify(masked.body) };
  };

  beforeAll(async () => {
    service = await startTestService({ AUTH_JWT_SECRET: SECRET });
    authorization = `Bearer ${await tokenOf({ sub: 'ops', scope: 'admin' })}`;
    const user = { userId, email: ADDRESS, name: NAME };
    position = (await service.api.post('/users', user, headers())).body.position;
    await service.app.get(ProjectionProgress).waitFor('user-profile', position, { withinMs: 20_000 });
  });
  afterAll(() => service.stop());

  it.each([
    ['the log', () => '/events'],
    ['a stream', () => `/streams/${stream}`],
    ['the states of an aggregate', () => `/streams/${stream}/states`],
    ['a row', () => `/projections/user-profile/rows/${userId}`],
    ['the history of a row', () => `/projections/user-profile/rows/${userId}/history`],
  ])('has the rest of %s', async (_, path) => {
    const { plain, masked } = await both(path());
    expect(plain).toContain(NAME);
    for (const text of [NAME, ADDRESS]) expect(masked).not.toContain(text);
    expect(masked).toContain(MASK);
    expect(masked).toContain(userId);
  });

  it('is made of events that every list shows in clear to those who may see them', async () => {
    await service.database.query(
      `insert into eventfold.parked_keys
              (projection, build, partition, key, position, event_id, event_type, error, attempts)
       select 'user-profile', 'live', 0, $1, global_position, event_id, event_type, $2, 3
         from eventfold.events where global_position = $3`,
      [userId, `cannot fold ${ADDRESS}`, position],
    );
    const { plain, masked } = await both('/projections/user-profile/parked');
    const history = await both(`/projections/user-profile/rows/${userId}/history`);
    await service.database.query('delete from eventfold.parked_keys');
    for (const text of [plain, history.plain]) {
      expect(text).toContain(`"name":"${NAME}"`);
      expect(text).not.toContain('$personal');
    }
    for (const text of [NAME, ADDRESS]) expect(masked).not.toContain(text);
  });

  it('is an event of the live feed, too', async () => {
    const read = async (more: object) => {
      const response = await fetch(`${service.api.url}/events/feed?after=${position - 1}`, {
        headers: headers(more) as Record<string, string>,
      });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.includes('user.registered')) text += (await reader.read()).value!;
      await reader.cancel();
      return text;
    };
    expect(await read({})).toContain(NAME);
    expect(await read(MASKED)).not.toContain(NAME);
  });

  it('is refused for a value that the header does not have', async () => {
    const { status, body } = await service.api.get('/events', headers({ 'personal-data': 'none' }));
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { path: 'Personal-Data', message: expect.stringMatching(/masked or shown/) },
    ]);
  });

  it('is followed by a record of who looks at the values, and why', async () => {
    const refused = await service.api.post('/privacy/views', {}, headers());
    expect(refused.status).toBe(400);
    const answer = await service.api.post('/privacy/views', { reason: 'Ticket 4711' }, headers());
    expect(answer.status).toBe(200);
    const { items } = (await service.api.get('/operations', headers())).body;
    expect(items).toEqual([
      expect.objectContaining({
        actor: 'ops',
        act: 'see-personal-data',
        parameters: { reason: 'Ticket 4711' },
        outcome: 'done',
      }),
    ]);
  });

  it('leaves what stands in a field after an erasure', () => {
    const erased = {
      eventId: randomUUID(),
      type: 'user.registered',
      data: { userId, email: 'erased', name: NAME },
    };
    const { data } = service.app.get(PersonalViews).masked(erased);
    expect(data).toEqual({ userId, email: 'erased', name: MASK });
  });
});
