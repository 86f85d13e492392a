import { type INestApplicationContext, Injectable, type Provider } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import {
  CurrentTurn,
  DomainEvent,
  type EventSourcingOptions,
  EventStore,
  ProjectionOperations,
  ProjectionProgress,
  Reaction,
  type ReactionOptions,
  type Recorded,
} from '../../../src/event-sourcing/index.js';
import type { TestDatabase } from '../test-database.js';
import { startUsualHost, type UsualHost } from './usual-host.js';

/** What the reaction handles. */
export class Ordered extends DomainEvent<'test.ordered', { order: string; n: number }> {
  static readonly type = 'test.ordered';
  readonly type = Ordered.type;
}

/** What the reaction may append. */
export class Confirmed extends DomainEvent<'test.confirmed', { order: string; n: number }> {
  static readonly type = 'test.confirmed';
  readonly type = Confirmed.type;
}

/** The durable name of the reaction. */
export const CONFIRM = 'confirm';

export type React = (event: Recorded<Ordered>, turn: CurrentTurn) => unknown;

export interface ReactingHost {
  app: INestApplicationContext;
  store: EventStore;
  operations: ProjectionOperations;
  /** Appends an event of an order. @returns its position */
  order: (order: string, n?: number) => Promise<number>;
  /** Resolves when the reaction is past the position. @param withinMs the longest wait. Default: that of the host. */
  reacted: (position: number, withinMs?: number) => Promise<void>;
  stop: () => Promise<void>;
}

interface Options extends Pick<UsualHost, 'imports'> {
  react: React;
  reaction?: Partial<ReactionOptions>;
  eventSourcing?: EventSourcingOptions;
  providers?: Provider[];
}

/** An application with one reaction, which handles every event of an order. It is given the turn, as services are. */
export async function startReactingHost(
  database: TestDatabase,
  { react, reaction = {}, eventSourcing = {}, providers = [], imports = [] }: Options,
): Promise<ReactingHost> {
  @Injectable()
  class Confirmation {
    constructor(private readonly turn: CurrentTurn) {}

    react(event: Recorded<Ordered>): unknown {
      return react(event, this.turn);
    }
  }

  // The turn comes by a service, so that the reaction has the default of one that is given no turn.
  @Injectable()
  @Reaction({ name: CONFIRM, startsAt: 'beginning', ...reaction })
  @EventsHandler(Ordered)
  class Confirm {
    constructor(private readonly confirmation: Confirmation) {}

    async handle(event: Recorded<Ordered>): Promise<void> {
      await this.confirmation.react(event);
    }
  }

  const app = await startUsualHost(database, {
    imports,
    providers: [Confirmation, Confirm, ...providers],
    eventSourcing: {
      ...eventSourcing,
      turns: { retryDelayMs: 5, pollIntervalMs: 50, ...eventSourcing.turns },
    },
  });
  const store = app.get(EventStore);
  return {
    app,
    store,
    operations: app.get(ProjectionOperations),
    order: async (order, n = 1) =>
      (await store.appendToStream(`order-${order}`, 'any', [new Ordered({ order, n })])).position,
    reacted: (position, withinMs) =>
      app.get(ProjectionProgress).waitFor(CONFIRM, position, withinMs === undefined ? {} : { withinMs }),
    stop: () => app.close(),
  };
}
