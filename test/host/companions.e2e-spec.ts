/** The code of docs/companions.md in one application. `library-host` tests terminus, cls and traces. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SchedulerRegistry, ScheduleModule } from '@nestjs/schedule';
import { Logger as PinoLogger } from 'nestjs-pino';
import { EventfoldHttpModule } from '../../src/api/index.js';
import { EventsHandler } from '@nestjs/cqrs';
import { EventStore, Projection, Reaction } from '../../src/event-sourcing/index.js';
import { CopyLent } from '../examples/library/copy.events.js';
import { OperationsModule } from '../../src/operations/index.js';
import { LimitsModule } from '../examples/companions/limits.module.js';
import { loggingTo } from '../examples/companions/logging.js';
import { ReadingCircleJob } from '../examples/companions/reading-circle.job.js';
import { CopiesController } from '../examples/library-host/copies.controller.js';
import { LibraryAppModule } from '../examples/library/library-app.module.js';
import { Copy } from '../examples/library/copy.js';
import { CopyRepository } from '../examples/library/copy.repository.js';
import { LibraryModule } from '../examples/library/library.module.js';
import { eventually } from '../support/eventually.js';
import { type Send, senderTo } from '../support/hosts/host-answers.js';
import { resetPinoRoot } from '../support/pino-root.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

type Line = Record<string, unknown>;

/** Writes a line for each event, as a reaction and as a projection. */
@Reaction({ name: 'lent-notice' })
@EventsHandler(CopyLent)
class LentNotice {
  private readonly logger = new Logger('LentNotice');

  async handle(): Promise<void> {
    await Promise.resolve();
    this.logger.log('noticed');
  }
}

@Projection({ name: 'lent-lines', revision: 1, rows: [], key: 'copyId' })
@EventsHandler(CopyLent)
class LentLines {
  private readonly logger = new Logger('LentLines');

  handle(): void {
    this.logger.log('folded');
  }
}

const actor = ({ headers }: { headers: Record<string, string> }) => ({
  subject: headers['x-user']!,
  scopes: new Set<string>(),
});

describe('an application with companions', () => {
  const lines: Line[] = [];
  let database: TestDatabase;
  let app: INestApplication;
  let send: Send;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    await resetPinoRoot();
    database = await createEmptyDatabase();
    const module = {
      module: class CompanionsModule {},
      imports: [
        LibraryAppModule.forRoot(database.url),
        LibraryModule,
        EventfoldHttpModule.forRoot({ actor }),
        OperationsModule.forRoot({ path: 'ops', open: true }),
        loggingTo({ write: (line) => void lines.push(JSON.parse(line) as Line) }),
        LimitsModule,
        ScheduleModule.forRoot(),
      ],
      controllers: [CopiesController],
      providers: [ReadingCircleJob, LentNotice, LentLines],
    };
    app = await NestFactory.create(module, { logger: false });
    app.useLogger(app.get(PinoLogger));
    await app.listen(0, '127.0.0.1');
    send = senderTo(await app.getUrl());
    for (const id of ['lent', 'of-the-week']) await app.get(CopyRepository).create(Copy.acquire(id, 'Emma'));
  });
  afterAll(async () => {
    await app.close();
    await resetPinoRoot();
    Logger.overrideLogger(false);
    await database.drop();
  });

  const lastEvent = async (copyId: string) => {
    const options = { direction: 'backwards', maxCount: 1 } as const;
    return (await app.get(EventStore).readStream(`copy-${copyId}`, options))[0]!;
  };

  it('has in each line of a request its correlation id and its actor, as its events have them', async () => {
    const headers = { 'x-user': 'ada', 'x-correlation-id': 'desk-7' };
    const lent = await send('POST', '/copies/lent/loan', { memberId: 'ada', branch: 'harbour' }, headers);
    expect(lent.status).toBe(201);
    expect((await lastEvent('lent')).metadata).toMatchObject({ correlationId: 'desk-7', userId: 'ada' });
    const line = { msg: 'request completed', correlationId: 'desk-7', userId: 'ada' };
    await eventually(() => expect(lines).toContainEqual(expect.objectContaining(line)));
    for (const of of [
      { context: 'LentNotice', msg: 'noticed' },
      { context: 'LentLines', msg: 'folded' },
    ]) {
      const ofHandler = { ...of, correlationId: 'desk-7', userId: 'ada' };
      await eventually(() => expect(lines).toContainEqual(expect.objectContaining(ofHandler)));
    }
  });

  it('has in the line of a request the id that was made up for it, and no other', async () => {
    const refused = await send('POST', '/copies/none/return', {}, { 'x-user': 'bo' });
    expect(refused).toMatchObject({ status: 404, body: { type: 'copy.not-found' } });
    const { correlationId } = refused.body;
    await eventually(() => {
      const ofRequest = lines.filter((line) => line.userId === 'bo');
      expect(ofRequest.map((line) => [line.msg, line.correlationId])).toEqual([
        ['request completed', correlationId],
      ]);
    });
  });

  it('has in the lines and the events of a job which run it was', async () => {
    await app.get(SchedulerRegistry).getCronJob('reading circle').fireOnTick();
    await eventually(async () => expect((await lastEvent('of-the-week')).version).toBe(2));
    const { metadata } = await lastEvent('of-the-week');
    expect(metadata).toMatchObject({ userId: 'reading-circle' });
    expect(metadata.correlationId).toMatch(/^reading-circle\/\d{4}-\d\d-\d\d$/);
    const line = { context: 'ReadingCircle', msg: 'Lent, at version 2.', userId: 'reading-circle' };
    const { correlationId } = metadata;
    await eventually(() => expect(lines).toContainEqual(expect.objectContaining({ ...line, correlationId })));
  });

  it('has no ids in a line that is of no message', () => {
    new Logger('Start').log('of nothing');
    const line = lines.find(({ msg }) => msg === 'of nothing')!;
    expect(line).toMatchObject({ context: 'Start' });
    expect(line).not.toHaveProperty('correlationId');
  });

  it('refuses too many requests as a problem, and lets operators ask on', async () => {
    const requests = (path: string) =>
      Promise.all(Array.from({ length: 31 }, () => send('POST', path, {}, { 'x-user': 'ada' })));
    const refused = (await requests('/copies/none/return')).filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]!.body).toMatchObject({ type: 'too-many-requests', status: 429 });
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
    const paused = await requests('/ops/projections/none/pause');
    expect(new Set(paused.map(({ status }) => status))).toEqual(new Set([404]));
  });
});
