import { type DynamicModule, type INestApplicationContext, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventsHandler } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dataSourceOptions } from '../../../src/service/database/data-source-options.js';
import {
  CurrentTurn,
  DomainEvent,
  EventSourcingModule,
  type EventSourcingOptions,
  EventStore,
  InjectRows,
  Projection,
  ProjectionOperations,
  ProjectionProgress,
  Projections,
  Reaction,
  type ReactionOptions,
  type Recorded,
  Rows,
  touches,
} from '../../../src/event-sourcing/index.js';
import type { TestDatabase } from '../test-database.js';

/** An event of the host: one tick of a named tally. */
export class Ticked extends DomainEvent<'tally.ticked', { tally: string }> {
  static readonly type = 'tally.ticked';
  readonly type = Ticked.type;
}

@Entity('tallies')
export class Tally {
  @PrimaryColumn('text') name: string;
  @Column('integer') count: number;
  @Column('integer', { name: 'last_position' }) lastPosition: number;
}

export const createTallies = (database: TestDatabase) =>
  database.query(
    `create table eventfold.tallies (name text primary key, count integer, last_position integer)`,
  );

/** The count of each tally, as queries see it. */
export const countsOf = async (database: TestDatabase): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await database.query<Tally>('select name, count from eventfold.tallies order by name')).map(
      ({ name, count }) => [name, count],
    ),
  );

export interface TallyHostOptions extends EventSourcingOptions {
  revision?: number;
  partitions?: number;
  /** The property of the data that is the key. Default: the key of the rows. */
  key?: string | undefined;
  /** The name of the row for a tick. It may throw. Default: the tick's tally. */
  nameOf?: (event: Recorded<Ticked>) => string;
  /** Settings on which the rows depend, as an application takes them from its environment. */
  settings?: string;
  /** Connections of the application. Default: 6. */
  poolSize?: number;
  /** Called before each event is folded. It may throw, or write by SQL of its own. */
  onEvent?: (event: Recorded<Ticked>, turn: CurrentTurn) => void | Promise<void>;
  /** Makes a reaction to every tick. Without it there is none. */
  onReaction?: (event: Recorded<Ticked>) => void | Promise<void>;
  reaction?: Partial<ReactionOptions>;
  /** Further modules of the application. */
  imports?: DynamicModule[];
}

/** The durable name of the host's reaction. */
export const MAIL = 'tally-mail';

/** A small host application: Eventfold's core, one event, one read model that counts. */
export interface TallyHost {
  app: INestApplicationContext;
  store: EventStore;
  tick(tally: string, count?: number): Promise<number>;
  folded(position: number): Promise<void>;
  /** Resolves when the reaction has reached the position. */
  reacted(position: number): Promise<void>;
  runner: () => Projections['runners'][number];
  /** This process's own status of the projection. */
  status: () => Projections['running'][number]['status'];
  operations: ProjectionOperations;
  stop: () => Promise<void>;
}

export async function startTallyHost(
  database: TestDatabase,
  options: TallyHostOptions = {},
): Promise<TallyHost> {
  Logger.overrideLogger(false);
  const app = await NestFactory.createApplicationContext(tallyModule(database.url, options), {
    logger: false,
  });
  const store = app.get(EventStore);
  return {
    app,
    store,
    tick: async (tally, count = 1) => {
      const events = Array.from({ length: count }, () => new Ticked({ tally }));
      return (await store.appendToStream(`tally-${tally}`, 'any', events)).position;
    },
    folded: (position) => app.get(ProjectionProgress).waitFor('tally', position),
    reacted: (position) => app.get(ProjectionProgress).waitFor(MAIL, position),
    runner: () => app.get(Projections).runners[0]!,
    status: () => app.get(Projections).running[0]!.status,
    operations: app.get(ProjectionOperations),
    stop: () => app.close(),
  };
}

function tallyModule(
  url: string,
  {
    revision = 1,
    partitions = 1,
    key,
    nameOf = ({ data }) => data.tally,
    settings,
    poolSize = 6,
    onEvent,
    onReaction,
    reaction,
    imports = [],
    ...options
  }: TallyHostOptions,
): DynamicModule {
  @Projection({
    name: 'tally',
    revision,
    partitions,
    ...(key !== undefined && { key }),
    rows: [touches(Tally, (event: Recorded<Ticked>) => ({ name: nameOf(event) }))],
  })
  @EventsHandler(Ticked)
  class TallyProjection {
    readonly foldSettings = settings;

    constructor(
      @InjectRows(Tally) private readonly tallies: Rows<Tally>,
      private readonly turn: CurrentTurn,
    ) {}

    handle(event: Recorded<Ticked>): void | Promise<void> {
      const before = onEvent?.(event, this.turn);
      return before instanceof Promise ? before.then(() => this.count(event)) : this.count(event);
    }

    private count(event: Recorded<Ticked>): void {
      const name = nameOf(event);
      const tally = this.tallies.find({ name }) ?? { name, count: 0, lastPosition: 0 };
      if (event.position <= tally.lastPosition)
        throw new Error(`${event.position} after ${tally.lastPosition}`);
      this.tallies.put({ name, count: tally.count + 1, lastPosition: event.position });
    }
  }

  @Reaction({ name: MAIL, ...reaction })
  @EventsHandler(Ticked)
  class TallyMail {
    handle = (event: Recorded<Ticked>): void | Promise<void> => onReaction?.(event);
  }

  // A dynamic module, as in the service: Nest then meets the global modules in another order than with a plain one.
  return {
    module: TallyModule,
    imports: [
      TypeOrmModule.forRoot({
        ...dataSourceOptions(url, 'eventfold', poolSize),
        entities: [Tally],
        retryAttempts: 0,
      }),
      CqrsModule.forRoot(),
      EventSourcingModule.forRoot({ readAfterTimeoutMs: 60_000, ...options }),
      EventSourcingModule.forFeature({ events: [Ticked], rows: [Tally] }),
      ...imports,
    ],
    providers: [TallyProjection, ...(onReaction ? [TallyMail] : [])],
  };
}

@Module({})
class TallyModule {}
