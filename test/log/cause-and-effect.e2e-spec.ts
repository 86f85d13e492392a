/** The actor and cause of an event when no request of HTTP gives them. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type INestApplicationContext, Injectable, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventsHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import {
  CurrentTurn,
  DomainEvent,
  EventfoldLogger,
  EventStore,
  MessageContext,
  Projection,
  ProjectionProgress,
  Reaction,
  type Recorded,
  type StoredEvent,
} from '../../src/event-sourcing/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { eventually } from '../support/eventually.js';
import { startUsualHost, usualModule } from '../support/hosts/usual-host.js';

class Asked extends DomainEvent<'chain.asked', { id: string }> {
  static readonly type = 'chain.asked';
  readonly type = Asked.type;
}
class Answered extends DomainEvent<'chain.answered', { id: string }> {
  static readonly type = 'chain.answered';
  readonly type = Answered.type;
}

@Injectable()
@Reaction({ name: 'answer' })
@EventsHandler(Asked)
class Answer {
  constructor(private readonly store: EventStore) {}

  async handle({ data: { id } }: Recorded<Asked>): Promise<void> {
    await Promise.resolve();
    await this.store.appendToStream(`answer-${id}`, 'no-stream', [new Answered({ id })]);
  }
}

class Thanked extends DomainEvent<'chain.thanked', { id: string }> {
  static readonly type = 'chain.thanked';
  readonly type = Thanked.type;
}

/** The second link of a chain. It appends through its turn, and writes a line. */
@Injectable()
@Reaction({ name: 'thank', startsAt: 'beginning' })
@EventsHandler(Answered)
class Thank {
  private readonly logger = new Logger('Thank');

  constructor(private readonly turn: CurrentTurn) {}

  async handle({ data: { id } }: Recorded<Answered>): Promise<void> {
    await this.turn.appendToStream(`thanks-${id}`, 'any', [new Thanked({ id })]);
    this.logger.log(`thanked ${id}`);
  }
}

/** The causation ids in the handler of a projection, event by event. */
const causes: string[] = [];

@Injectable()
@Projection({ name: 'causes', revision: 1, rows: [], key: 'id' })
@EventsHandler(Asked)
class Causes {
  constructor(private readonly context: MessageContext) {}

  handle(): void {
    causes.push(this.context.current().causationId);
  }
}

let database: TestDatabase;
let app: INestApplicationContext;
let store: EventStore;
beforeAll(async () => {
  database = await createTestDatabase();
  app = await startUsualHost(database, { providers: [Answer, Causes] });
  store = app.get(EventStore);
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const caught = (name: string, position: number) => app.get(ProjectionProgress).waitFor(name, position);
const only = async (streamId: string): Promise<StoredEvent> => (await store.readStream(streamId))[0]!;

describe('an append outside of any message', () => {
  it('is one message, however many streams it goes to', async () => {
    const id = randomUUID();
    await store.appendToStreams([
      { streamId: `left-${id}`, expectedVersion: 'any', events: [new Answered({ id })] },
      {
        streamId: `right-${id}`,
        expectedVersion: 'any',
        events: [new Answered({ id }), new Answered({ id })],
      },
    ]);
    const events = [await only(`left-${id}`), ...(await store.readStream(`right-${id}`))];
    expect(new Set(events.map(({ metadata }) => metadata.correlationId)).size).toBe(1);
  });

  it('is one message, too, where its events are independent', async () => {
    const id = randomUUID();
    const streams = ['a', 'b', 'c'].map((name) => `${name}-${id}`);
    await store.appendEach(streams.map((streamId) => ({ streamId, event: new Answered({ id }) })));
    const events = await Promise.all(streams.map(only));
    expect(new Set(events.map(({ metadata }) => metadata.correlationId)).size).toBe(1);
  });
});

describe('what a handler appends', () => {
  it('has the event that it handles as its cause, and its correlation id and actor', async () => {
    const id = randomUUID();
    const message = { correlationId: 'a request', causationId: 'a request', userId: 'ada' };
    const { eventId, position } = await app
      .get(MessageContext)
      .run(message, () => store.appendToStream(`question-${id}`, 'any', [new Asked({ id })]));
    await caught('answer', position);
    await expect(only(`answer-${id}`)).resolves.toMatchObject({
      metadata: { correlationId: 'a request', causationId: eventId, userId: 'ada' },
    });
  });

  it('has a cause of its own for each of many events that a projection folds in one turn', async () => {
    const ids = Array.from({ length: 50 }, () => randomUUID());
    const stored = await store.appendEach(
      ids.map((id) => ({ streamId: `question-${id}`, event: new Asked({ id }) })),
    );
    await caught('causes', stored.at(-1)!.position);
    expect(causes).toEqual(expect.arrayContaining(stored.map(({ eventId }) => eventId)));
  });
});

describe('a chain over two processes', () => {
  it('has one correlation id, and each event the one before as its cause, also after a restart in between', async () => {
    const id = randomUUID();
    const message = { correlationId: `request-${id}`, causationId: 'a request', userId: 'ada' };
    const asked = await app
      .get(MessageContext)
      .run(message, () => store.appendToStream(`question-${id}`, 'any', [new Asked({ id })]));
    await caught('answer', asked.position);
    // The second link is in another process, which starts afterwards.
    const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    let second: INestApplicationContext | undefined;
    try {
      const module = usualModule(database, { providers: [Thank] });
      second = await NestFactory.createApplicationContext(module, {
        logger: new EventfoldLogger({ json: true, colors: false }),
        abortOnError: false,
      });
      await eventually(async () => expect(await store.readStream(`thanks-${id}`)).toHaveLength(1));
      const chain = [await only(`question-${id}`), await only(`answer-${id}`), await only(`thanks-${id}`)];
      expect(chain.map(({ metadata }) => metadata)).toMatchObject([
        { ...message },
        { ...message, causationId: chain[0]!.eventId },
        { ...message, causationId: chain[1]!.eventId },
      ]);
      const lines = written.mock.calls
        .map(([text]) => String(text))
        .filter((text) => text.includes(`thanked ${id}`));
      expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
        { context: 'Thank', correlationId: message.correlationId, userId: 'ada' },
      ]);
    } finally {
      written.mockRestore();
      await second?.close();
      Logger.overrideLogger(false);
    }
  });
});
