/** What operators see of timers, and do with them: routes, commands, the log of operations, the overview, metrics. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { OperationsLog, Timers } from '../../src/event-sourcing/index.js';
import { ContentCatalogued } from '../../src/viewing/viewing.events.js';
import { eventfold } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

describe('timers of a service', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  const schedule = async (name: string, stream = `content-${name}`) => {
    const event = new ContentCatalogued({ contentId: name, title: 'M', genre: 'crime' });
    const options = { stream, name };
    return (await service.app.get(Timers).schedule({ in: '1h' }, event, options)).id;
  };
  const listed = async (query: string) => (await service.api.get(`/timers?${query}`)).body;
  const lastAct = async () => (await service.app.get(OperationsLog).list({ limit: 1 }))[0];
  const run = (...args: string[]) => eventfold({ DATABASE_URL: service.database.url }, 'timers', ...args);

  it('are listed by a route, moved and cancelled, and the acts are recorded', async () => {
    const [first, second] = [await schedule('one'), await schedule('one')];
    const { items, nextCursor } = await listed('name=one&limit=1');
    expect(items).toEqual([
      expect.objectContaining({ id: first, state: 'pending', type: 'content.catalogued' }),
    ]);
    expect((await listed(`name=one&limit=1&cursor=${nextCursor}`)).items[0].id).toBe(second);
    expect(await service.api.get('/timers?cursor=nonsense')).toMatchObject({
      status: 400,
      body: { type: 'invalid-request', errors: [expect.objectContaining({ path: 'cursor' })] },
    });

    expect((await service.api.post(`/timers/${second}/cancel`)).body).toMatchObject({ state: 'cancelled' });
    expect(await lastAct()).toMatchObject({
      act: 'cancel-timer',
      parameters: { timer: second },
      outcome: 'done',
      detail: expect.stringContaining('content.catalogued for content-one'),
    });
    expect(await service.api.post(`/timers/${second}/cancel`)).toMatchObject({
      status: 409,
      body: { type: 'timer.cancelled' },
    });
    expect(await lastAct()).toMatchObject({ act: 'cancel-timer', outcome: 'refused' });

    const at = '2020-01-01T00:00:00.000Z';
    expect((await service.api.post(`/timers/${first}/move`, { at })).body).toMatchObject({ dueAt: at });
    await eventually(async () => expect((await service.api.get('/streams/content-one')).status).toBe(200));
    expect((await service.api.get('/streams/content-one')).body.items).toEqual([
      expect.objectContaining({ eventId: first, metadata: expect.objectContaining({ dueAt: at }) }),
    ]);
    expect(await service.api.post(`/timers/${first}/move`, { at })).toMatchObject({
      status: 409,
      body: { type: 'timer.fired' },
    });
    expect((await service.api.post(`/timers/${randomUUID()}/cancel`)).status).toBe(404);
    expect((await service.api.post(`/timers/${first}/move`, { at: 'soon' })).status).toBe(400);
  });

  it('are listed by a command, moved and cancelled, in the name of the user of the system', async () => {
    const id = await schedule('two');
    expect((await run('list', '--name', 'two')).out).toMatch(/pending +content\.catalogued +content-two/);
    expect(JSON.parse((await run('list', '--name', 'two', '--json')).out).items[0].id).toBe(id);
    expect(await run('move', id, '2h')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${id} is due at`),
    });
    expect(await lastAct()).toMatchObject({
      act: 'move-timer',
      actor: `${userInfo().username}@${hostname()}`,
      parameters: { timer: id, at: { in: '2h' } },
    });
    expect(await run('cancel', id)).toMatchObject({ code: 0, out: expect.stringContaining('is cancelled') });
    expect(await run('cancel', id)).toMatchObject({ code: 1, err: expect.stringContaining('is cancelled') });
    expect(await run('move', id, 'soon')).toMatchObject({
      code: 2,
      err: expect.stringContaining('<when> is "soon"'),
    });
    expect((await run('cancel', 'me')).code).toBe(2);
  });

  it('that cannot be appended are a finding, and a metric', async () => {
    const stream = Array.from({ length: 200 }, () => randomUUID()).join('');
    const id = await schedule('three', stream);
    await service.app.get(Timers).move(id, { in: 0 });
    await eventually(async () =>
      expect((await service.api.get('/overview')).body.verdict.findings).toContainEqual(
        expect.objectContaining({ code: 'timers.failed', detail: '1 timer is set aside.' }),
      ),
    );
    const metrics = await service.api.get('/metrics');
    expect(metrics.body).toMatch(/^eventfold_timers_failed 1$/m);
    expect(metrics.body).toMatch(/^eventfold_timer_failures_total 1$/m);
    expect(metrics.body).toMatch(/^eventfold_timers_fired_total 1$/m);
    expect(metrics.body).toMatch(/^eventfold_timers_pending 0$/m);
  });
});
