import { Injectable } from '@nestjs/common';
import type { StoredEvent } from '../event/domain-event.js';
import { isOfNewerBuild } from '../event/event-errors.js';
import { EventRegistry } from '../event/event-registry.js';
import { POSITION, STORABLE_TEXT } from '../log/argument-rules.js';
import { EventStore } from '../log/event-store.js';
import { requireArguments } from '../options/require-arguments.js';
import { callOptions, optional, wholeNumber } from '../options/rules.js';
import { NoAggregateError, StreamNotFoundError } from './aggregate-errors.js';
import { AggregateLoader } from './aggregate-loader.js';
import type { AggregateClass, AggregateRoot } from './aggregate-root.js';
import { AggregateStreams } from './aggregate-streams.js';
import { changesBetween, type StateChange, stateAsJson } from './state-changes.js';

/** The most bytes of events and states of a page, unless a single item has more. */
const PAGE_BYTES = 8 * 1024 * 1024;

const READ = {
  streamId: STORABLE_TEXT,
  options: callOptions({ fromVersion: optional(POSITION), limit: optional(wholeNumber(1, 1_000)) }),
};

export interface StreamStatesOptions {
  /** The version to begin with: `next` of the page before. Default: 1. */
  fromVersion?: number | undefined;
  /** The most events of a page: 1 to 1,000. Default: 50. */
  limit?: number | undefined;
}

/** An event of a stream, and the state of the aggregate after it. */
export interface StreamState {
  event: StoredEvent;
  /** As JSON; null when the aggregate cannot apply the event, or an event before it. */
  state: object | null;
  changes: StateChange[];
  /** Why the aggregate cannot apply the event. */
  failure: string | null;
}

export interface StreamStatesPage {
  /** The class of the aggregate. */
  aggregate: string;
  items: StreamState[];
  /** The version with which the next page begins; undefined when this is the last. */
  next: number | undefined;
}

type AnyAggregate = AggregateRoot<any, any>;

/**
 * The states that an aggregate had after each event of its stream, folded by its class. A page begins at the nearest
 * state that the process keeps or that a snapshot has, so a long stream is not folded from its first event each time.
 */
@Injectable()
export class StreamStates {
  constructor(
    private readonly streams: AggregateStreams,
    private readonly loader: AggregateLoader,
    private readonly store: EventStore,
    private readonly registry: EventRegistry,
  ) {}

  /**
   * @throws NoAggregateError when no class has such a stream; StreamNotFoundError when the stream has no event
   * @throws PastStatesBusyError when too many such calls for long streams wait
   */
  async read(streamId: string, options: StreamStatesOptions = {}): Promise<StreamStatesPage> {
    requireArguments('StreamStates.read', { streamId, options }, READ);
    const { fromVersion = 1, limit = 50 } = options;
    const aggregateClass = this.classOf(streamId);
    // One event more than requested tells whether there are more.
    const { events, isCut } = await this.store.readStreamPart(streamId, { fromVersion, maxCount: limit + 1 });
    if (events.length === 0) await this.requireStream(streamId);
    const items =
      events.length === 0 ? [] : await this.statesAfter(aggregateClass, streamId, events.slice(0, limit));
    const last = items.at(-1);
    const hasMore = last?.failure === null && (isCut || items.length < events.length);
    return { aggregate: aggregateClass.name, items, next: hasMore ? last.event.version + 1 : undefined };
  }

  private async statesAfter(
    aggregateClass: AggregateClass<AnyAggregate>,
    streamId: string,
    events: readonly StoredEvent[],
  ): Promise<StreamState[]> {
    await this.registry.prepare(events);
    const id = streamId.slice(aggregateClass.stream.length + 1);
    const before = events[0]!.version - 1;
    const aggregate = (await this.loader.loadPast(aggregateClass, id, before)) ?? new aggregateClass(id);
    const items: StreamState[] = [];
    let state = stateAsJson(aggregate.state);
    for (let bytes = 0; items.length < events.length && bytes < PAGE_BYTES;) {
      const item = this.apply(aggregate, state, events[items.length]!);
      items.push(item);
      if (item.state === null) break;
      state = item.state;
      bytes += JSON.stringify(item).length;
    }
    return items;
  }

  private apply(aggregate: AnyAggregate, before: object, event: StoredEvent): StreamState {
    try {
      aggregate.replay(this.registry.revive(event));
      const state = stateAsJson(aggregate.state);
      return {
        event: this.registry.open(event),
        state,
        changes: changesBetween(before, state),
        failure: null,
      };
    } catch (error) {
      if (isOfNewerBuild(error)) throw error;
      return { event, state: null, changes: [], failure: (error as Error).message };
    }
  }

  private classOf(streamId: string): AggregateClass<AnyAggregate> {
    const found = this.streams.aggregateClasses.find(({ stream }) => streamId.startsWith(`${stream}-`));
    if (found === undefined) throw new NoAggregateError(streamId);
    return found;
  }

  private async requireStream(streamId: string): Promise<void> {
    const [last] = await this.store.readStream(streamId, { direction: 'backwards', maxCount: 1 });
    if (last === undefined) throw new StreamNotFoundError(streamId);
  }
}
