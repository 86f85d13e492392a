import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Samples } from '../../src/operations/overview/samples.js';
import { startEventfold } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { Api } from '../support/http/api.js';
import { startOn } from '../support/http/test-service.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let undo: (() => Promise<unknown>)[];

beforeEach(async () => {
  database = await createTestDatabase();
  undo = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const step of undo.toReversed()) await step();
  await database.drop();
});

async function start(environment: NodeJS.ProcessEnv = {}) {
  const service = await startOn(database.url, environment);
  const stop = () => service.stop();
  undo.push(stop);
  return { ...service, stop, api: new Api(service.url) };
}

async function startProcess(environment: NodeJS.ProcessEnv): Promise<ServiceProcess> {
  const service = await startServiceProcess({ DATABASE_URL: database.url, ...environment });
  undo.push(() => service.end('SIGKILL'));
  return service;
}

const overviewOf = async (api: Api) => (await api.get('/overview')).body;
const register = (api: Api) =>
  api.post('/users', { email: `${randomUUID()}@example.org`, name: 'Ada' }) as Promise<{ body: any }>;
const processesOf = async (api: Api) =>
  (await overviewOf(api)).processes.map(({ name, build, isAnswering, folds }: any) => ({
    name,
    build,
    isAnswering,
    folds: folds.map(({ projection }: any) => projection),
  }));

/** The messages of a stream, as they come. */
async function* messagesOf(url: string, signal?: AbortSignal): AsyncGenerator<any> {
  const response = await fetch(`${url}/overview`, {
    headers: { accept: 'text/event-stream' },
    ...(signal && { signal }),
  });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end));
      text = text.slice(end + 2);
      if (data !== null) yield JSON.parse(data[1]!);
    }
  }
}

describe('the overview', () => {
  it('says that all is well, with the figures of the log and of commands', async () => {
    const { api, app } = await start();
    const { position } = (await register(api)).body;
    await eventually(async () =>
      expect(await overviewOf(api)).toMatchObject({
        verdict: { severity: 'well', findings: [] },
        log: { head: position, time: expect.any(String) },
        projections: [
          { name: 'content-popularity', position },
          { name: 'user-profile', position },
        ],
      }),
    );
    const samples = app.get(Samples, { strict: false });
    await samples.take();
    await register(api);
    await samples.take();
    const [last] = (await overviewOf(api)).samples.toReversed();
    expect(last).toMatchObject({
      head: position + 2,
      eventsPerSecond: expect.any(Number),
      commandsPerSecond: expect.any(Number),
      p50Ms: expect.any(Number),
      p99Ms: expect.any(Number),
      conflictsPerSecond: 0,
      lagSeconds: { 'content-popularity': expect.any(Number), 'user-profile': expect.any(Number) },
    });
    expect(last.commandsPerSecond).toBeGreaterThan(0);
    expect(last.eventsPerSecond).toBeGreaterThan(0);
  });

  it('names what is wrong, the worst first, with a cure and the view to open', async () => {
    const { api } = await start({ PROJECTIONS: 'off' });
    await database.query(`insert into eventfold.projections (name, revision) values ('orders', '1')`);
    await database.query(
      `insert into eventfold.projection_checkpoints (projection, build, partition) values ('orders', 'live', 0)`,
    );
    const { verdict } = await overviewOf(api);
    expect(verdict).toEqual({
      severity: 'alarm',
      findings: [
        {
          severity: 'alarm',
          code: 'projection.no-worker',
          title: 'orders is run by no process',
          detail: expect.stringContaining('No process'),
          cure: expect.stringContaining('Start a process'),
          view: { kind: 'projection', name: 'orders' },
        },
      ],
    });
  });

  it('asks the database for samples only after an operator has looked', async () => {
    const { api, app } = await start({ PROJECTIONS: 'off' });
    const samples = app.get(Samples, { strict: false });
    const query = jest.spyOn(Client.prototype, 'query');
    await samples.take();
    expect(query).not.toHaveBeenCalled();
    expect(samples.all.at(-1)).toMatchObject({ head: null, eventsPerSecond: null, commandsPerSecond: 0 });
    await overviewOf(api);
    await samples.take();
    expect(samples.all.at(-1)).toMatchObject({ head: 0, commandsPerSecond: 0 });
  });

  it('keeps the samples of 15 minutes', async () => {
    const { app } = await start({ PROJECTIONS: 'off' });
    const samples = app.get(Samples, { strict: false });
    for (let each = 0; each < 200; each++) await samples.take();
    expect(samples.all).toHaveLength(180);
  });

  it('goes on as a stream, whose later messages have only the new samples, and ends with the process', async () => {
    const { url, app, stop } = await start({ PROJECTIONS: 'off' });
    const samples = app.get(Samples, { strict: false });
    await samples.take();
    await samples.take();
    const messages = messagesOf(url);
    const first = (await messages.next()).value;
    expect(first).toMatchObject({ verdict: { severity: 'well' }, samples: [{}, {}] });
    await samples.take();
    const second = (await messages.next()).value;
    expect(second.samples.map(({ at }: { at: string }) => at)).toEqual([samples.all.at(-1)!.at]);
    const ended = (async () => {
      for await (const _ of messages);
    })();
    await stop();
    await ended;
  });

  it('says on the command line what is wrong, who works on it, and by the exit code that it is an alarm', async () => {
    const { api } = await start({ PROCESS_NAME: 'films-1', BUILD: '4f1c2ab' });
    await register(api);
    const running = { status: 'running' };
    await eventually(async () =>
      expect((await overviewOf(api)).processes).toMatchObject([{ folds: [running, running] }]),
    );
    const environment = { DATABASE_URL: database.url };
    const well = await startEventfold({ environment }, 'status').outcome;
    expect(well).toMatchObject({ code: 0, out: expect.stringContaining('All is well.') });
    expect(well.out).toMatch(
      /films-1 +4f1c2ab .* now +content-popularity \(running\), user-profile \(running\)/,
    );
    await database.query(`insert into eventfold.projections (name, revision) values ('orders', '1')`);
    await database.query(
      `insert into eventfold.projection_checkpoints (projection, build, partition) values ('orders', 'live', 0)`,
    );
    const alarm = await startEventfold({ environment }, 'status').outcome;
    expect(alarm).toMatchObject({
      code: 1,
      out: expect.stringContaining('alarm: orders is run by no process'),
    });
    const asJson = await startEventfold({ environment }, 'status', '--json').outcome;
    expect(JSON.parse(asJson.out)).toMatchObject({
      verdict: { severity: 'alarm' },
      processes: [{ name: 'films-1' }], // the command line is none
    });
  });
});

describe('the processes of an overview', () => {
  it('are those that fold and those that do not, and one that is killed answers no more', async () => {
    const folding = await startProcess({ PROCESS_NAME: 'worker', BUILD: 'new' });
    const { api } = await start({ PROJECTIONS: 'off', PROCESS_NAME: 'web', BUILD: 'old' });
    const folds = ['content-popularity', 'user-profile'];
    await eventually(async () =>
      expect(await processesOf(api)).toEqual([
        { name: 'web', build: 'old', isAnswering: true, folds: [] },
        { name: 'worker', build: 'new', isAnswering: true, folds },
      ]),
    );
    const [{ startedAt }] = (await overviewOf(api)).processes;
    expect(Date.parse(startedAt)).toBeLessThanOrEqual(Date.now());
    await folding.end('SIGKILL');
    const age = `update eventfold.processes set seen_at = seen_at - interval '16 s' where name = 'worker'`;
    await database.query(age);
    await eventually(async () =>
      expect(await processesOf(api)).toContainEqual({
        name: 'worker',
        build: 'new',
        isAnswering: false,
        folds,
      }),
    );
  });

  it('are gone when they end in order', async () => {
    const other = await startProcess({ PROCESS_NAME: 'other' });
    const { api } = await start({ PROCESS_NAME: 'web' });
    await eventually(async () => expect(await processesOf(api)).toHaveLength(2));
    await other.end('SIGTERM');
    await eventually(async () =>
      expect((await processesOf(api)).map(({ name }: { name: string }) => name)).toEqual(['web']),
    );
  });

  it('include a process of an older build, which reports only what it folds', async () => {
    const { api } = await start({ PROCESS_NAME: 'web', PROJECTIONS: 'off' });
    await database.query(
      `insert into eventfold.projection_workers (worker, projection, revision, status)
       values (gen_random_uuid(), 'user-profile', '1', 'running')`,
    );
    await eventually(async () =>
      expect(await processesOf(api)).toEqual([
        expect.objectContaining({ name: 'web' }),
        { name: null, build: null, isAnswering: true, folds: ['user-profile'] },
      ]),
    );
  });

  it('have the version of their program as the build when none is named', async () => {
    const service = await startProcess({});
    await eventually(async () =>
      expect(await processesOf(service.api)).toEqual([
        expect.objectContaining({ name: expect.stringMatching(/:\d+$/), build: '0.1.0' }),
      ]),
    );
  });
});
