/** The classes that an application may provide as a projection or reaction, and the checks at the start. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Inject, Injectable, type Provider, Scope } from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { EventBus, EventsHandler } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import {
  AggregateRoot,
  DomainEvent,
  EventSourcedRepository,
  EventSourcingModule,
  EventStore,
  getAggregatesToken,
  Projection,
  ProjectionProgress,
  touches,
  type ProjectionOptions,
  Reaction,
  type ReactionOptions,
  type Recorded,
} from '../../src/event-sourcing/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { startUsualHost } from '../support/hosts/usual-host.js';

class Noted extends DomainEvent<'host.noted', { text: string }> {
  static readonly type = 'host.noted';
  readonly type = Noted.type;
}

let database: TestDatabase;
let app: INestApplicationContext | undefined;
beforeAll(async () => (database = await createTestDatabase()));
afterEach(async () => {
  await app?.close();
  app = undefined;
});
afterAll(() => database.drop());

const start = async (...providers: Provider[]) => (app = await startUsualHost(database, { providers }));

/** Appends an event, and waits until the projection has folded it. */
async function note(name: string, text: string = randomUUID()): Promise<string> {
  const { position } = await app!
    .get(EventStore)
    .appendToStream(`note-${randomUUID()}`, 'no-stream', [new Noted({ text })]);
  await app!.get(ProjectionProgress).waitFor(name, position);
  return text;
}

describe('a projection', () => {
  const heard: string[] = [];

  @Projection({ name: 'heard', revision: 1, rows: [], key: 'text' })
  @EventsHandler(Noted)
  class Heard {
    constructor(@Inject('prefix') private readonly prefix: string) {}

    handle({ data }: Recorded<Noted>): void {
      heard.push(this.prefix + data.text);
    }
  }
  const prefix: Provider = { provide: 'prefix', useValue: '' };

  it.each<[string, Provider[]]>([
    ['a class', [prefix, Heard]],
    ['a factory', [{ provide: Heard, useFactory: () => new Heard('') }]],
    ['a factory under another token', [{ provide: 'a token', useFactory: async () => new Heard('') }]],
    ['a value', [{ provide: 'a value', useValue: new Heard('') }]],
    ['an alias beside the class, once', [prefix, Heard, { provide: 'alias', useExisting: Heard }]],
  ])('is found as %s', async (_what, providers) => {
    await start(...providers);
    const text = await note('heard');
    expect(heard.filter((each) => each === text)).toEqual([text]);
  });

  @Injectable({ scope: Scope.REQUEST })
  class Tenant {
    constructor(@Inject(REQUEST) readonly request: unknown) {}
  }
  @Injectable()
  class Prices {
    constructor(readonly tenant: Tenant) {}
  }
  @Injectable({ scope: Scope.TRANSIENT })
  class Scratch {
    readonly lines: string[] = [];
  }

  it('that depends on a request is refused at the start, with the way to what makes it so', async () => {
    @Projection({ name: 'priced', revision: 1, rows: [], key: 'text' })
    @EventsHandler(Noted)
    class Priced {
      constructor(readonly prices: Prices) {}
      handle(): void {}
    }
    await expect(start(Tenant, Prices, Priced)).rejects.toThrow(
      'Priced cannot fold events: it depends on REQUEST, which is request-scoped (Priced -> Prices -> Tenant -> REQUEST).',
    );
  });

  it('that depends on a request by a property is refused, too', async () => {
    @Reaction({ name: 'mailed' })
    @EventsHandler(Noted)
    class Mailed {
      @Inject() readonly tenant: Tenant;
      handle(): void {}
    }
    await expect(start(Tenant, Mailed)).rejects.toThrow('Mailed cannot fold events: it depends on REQUEST');
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])('of scope %s is refused', async (scope) => {
    @Injectable({ scope })
    @Projection({ name: 'scoped', revision: 1, rows: [], key: 'text' })
    @EventsHandler(Noted)
    class Scoped {
      handle(): void {}
    }
    await expect(start(Scoped)).rejects.toThrow(/^Scoped cannot fold events: Scoped itself is /);
  });

  it('that a factory makes for each request is refused by its token', async () => {
    const factory: Provider = { provide: Heard, useFactory: () => new Heard(''), inject: [REQUEST] };
    await expect(start(factory)).rejects.toThrow('Heard cannot fold events: it depends on REQUEST');
  });

  it('may have a transient dependency: it has one of its own', async () => {
    const lines: string[][] = [];
    @Projection({ name: 'scratched', revision: 1, rows: [], key: 'text' })
    @EventsHandler(Noted)
    class Scratched {
      constructor(private readonly scratch: Scratch) {}
      handle({ data }: Recorded<Noted>): void {
        this.scratch.lines.push(data.text);
        lines.push(this.scratch.lines);
      }
    }
    await start(Scratch, Scratched);
    const text = await note('scratched');
    expect(lines.at(-1)).toContain(text);
  });
});

describe('what an application lacks', () => {
  it('is named when it is a data source', async () => {
    const starting = NestFactory.createApplicationContext(
      { module: class Bare {}, imports: [EventSourcingModule.forRoot()] },
      { logger: false, abortOnError: false },
    );
    await expect(starting).rejects.toThrow('import TypeOrmModule.forRoot({ ... }) in the root module');
  });

  it('is named when it is room in the pool, where it folds', async () => {
    class Heard {
      handle(): void {}
    }
    EventsHandler(Noted)(Heard);
    Reaction({ name: 'small' })(Heard);
    const small = { providers: [Heard], connection: { poolSize: 1 } };
    await expect(startUsualHost(database, small)).rejects.toThrow('poolSize of the data source is 1');
    app = await startUsualHost(database, { ...small, eventSourcing: { projections: false } });
  });
});

describe('an aggregate', () => {
  it('is refused where its snapshotRevision is a text', async () => {
    class Draft extends AggregateRoot<object, Noted> {
      static readonly stream = 'draft';
      static readonly events = [Noted];
      static readonly snapshotRevision = '1' as unknown as number;
      protected readonly initialState = {};
      protected readonly evolve = { 'host.noted': () => ({}) };
    }
    const starting = startUsualHost(database, {
      imports: [EventSourcingModule.forFeature({ aggregates: [Draft] })],
    });
    await expect(starting).rejects.toThrow(
      "Draft: snapshotRevision is '1': it must be a whole number from 0 to 2,147,483,647.",
    );
  });
});

describe('aggregates that could share a stream', () => {
  const aggregate = (stream: string, name: string) => {
    class Any extends AggregateRoot<object, Noted> {
      static readonly stream = stream;
      static readonly events = [Noted];
      protected readonly initialState = {};
      protected readonly evolve = { 'host.noted': () => ({}) };
    }
    return Object.defineProperty(Any, 'name', { value: name });
  };
  const startWith = async (...aggregates: ReturnType<typeof aggregate>[]) =>
    (app = await startUsualHost(database, {
      imports: aggregates.map((each) => EventSourcingModule.forFeature({ aggregates: [each] })),
    }));

  it('are refused at the start when two classes have one name, and when one name goes on where the other ends', async () => {
    const order = aggregate('order', 'Order');
    await expect(startWith(order, aggregate('order', 'OldOrder'))).rejects.toThrow(
      'both have the streams "order-<id>"',
    );
    await expect(startWith(aggregate('order-line', 'OrderLine'), order)).rejects.toThrow(
      'Order ("order") and OrderLine ("order-line") can share a stream: "order-line-7"',
    );
  });

  it('are refused, too, where their repositories are classes of the application', async () => {
    const order = aggregate('order', 'Order');
    @Injectable()
    class Orders extends EventSourcedRepository<InstanceType<typeof order>> {
      protected readonly aggregateClass = order;
    }
    const feature = EventSourcingModule.forFeature({ aggregates: [aggregate('order', 'OldOrder')] });
    const starting = startUsualHost(database, { imports: [feature], providers: [Orders] });
    await expect(starting).rejects.toThrow('both have the streams "order-<id>"');
  });

  it('are fine apart, each with a repository of its own, though a bundler gave their classes one name', async () => {
    const [one, other] = [aggregate('order', 'a'), aggregate('orders', 'a')];
    await startWith(one, other);
    const repository = (of: typeof one) =>
      app!.get<EventSourcedRepository<InstanceType<typeof one>>>(getAggregatesToken(of), { strict: false });
    expect([one, other].map((each) => repository(each).streamOf('7'))).toEqual(['order-7', 'orders-7']);
  });
});

describe('what a projection or reaction declares', () => {
  class Handler {
    handle(): void {}
  }
  const projection = (options: object) => {
    class Declared extends Handler {}
    EventsHandler(Noted)(Declared);
    Projection(options as ProjectionOptions)(Declared);
    return Declared;
  };
  const reaction = (options: object) => {
    class Declared extends Handler {}
    EventsHandler(Noted)(Declared);
    Reaction(options as ReactionOptions)(Declared);
    return Declared;
  };
  const right = { name: 'declared', revision: 1, rows: [] };
  const both = () => {
    const Declared = projection(right);
    Reaction({ name: 'declared-too' })(Declared);
    return Declared;
  };

  it.each<[Provider, string]>([
    [
      projection({ ...right, name: undefined }),
      '@Projection of Declared: name is undefined: it must be a text of 1 to 200 bytes',
    ],
    [
      projection({ ...right, revision: 1.5 }),
      'revision is 1.5: it must be a whole number from 0 to 2,147,483,647.',
    ],
    [projection({ ...right, partitions: 0 }), 'partitions is 0: it must be a whole number from 1 to 256.'],
    [
      projection({ name: 'declared', revision: 1 }),
      'rows is undefined: it must be an array of entries that touches(Entity, key) makes',
    ],
    [
      projection({ ...right, key: '' }),
      `key is '': it must be the name of a property of the data, or a function of the event.`,
    ],
    [
      projection({ ...right, rows: [touches(class Plain {}, () => ({}))] }),
      'rows has Plain: it must be a class with @Entity() of typeorm, or an entity of the data source.',
    ],
    [projection({ ...right, partition: 4 }), 'partition is no option: did you mean "partitions"?'],
    [reaction({ name: '' }), `@Reaction of Declared: name is ''`],
    [
      reaction({ name: 'declared', startsAt: 'start' }),
      `startsAt is 'start': it must be "beginning" or "end".`,
    ],
    [reaction({ name: 'declared', rows: [] }), 'rows is no option'],
    [both(), 'Declared is a @Projection and a @Reaction: it must be one of them'],
  ])('is refused where it breaks a rule: %#', async (provider, sentence) => {
    await expect(start(provider)).rejects.toThrow(sentence);
  });

  it('means the default where it is undefined', async () => {
    await start(reaction({ name: 'mild', revision: undefined, partitions: undefined, key: undefined }));
    await note('mild');
  });
});

describe.each(['above', 'below'])('a reaction whose @EventsHandler is %s its @Reaction', (place) => {
  it('is not run a second time for an event that the application publishes on its EventBus', async () => {
    const ids: (string | undefined)[] = [];
    class Mail {
      handle({ eventId }: Recorded<Noted>): void {
        ids.push(eventId);
      }
    }
    const decorators = [EventsHandler(Noted), Reaction({ name: `mail-${place}` })];
    for (const decorate of place === 'below' ? decorators : decorators.toReversed()) decorate(Mail);

    const published: Noted[] = [];
    @EventsHandler(Noted)
    class InProcess {
      handle(event: Noted): void {
        published.push(event);
      }
    }
    await start(Mail, InProcess);
    const event = new Noted({ text: 'once' });
    const { eventId, position } = await app!
      .get(EventStore)
      .appendToStream(`note-${randomUUID()}`, 'no-stream', [event]);
    app!.get(EventBus).publish(event);
    await app!.get(ProjectionProgress).waitFor(`mail-${place}`, position);
    expect(ids).toEqual([eventId]);
    expect(published).toEqual([event]); // other handlers get published events
  });
});
