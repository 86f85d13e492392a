import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import type { StoredEvent } from '../event/domain-event.js';
import { EventRegistry } from '../event/event-registry.js';
import { requireLog } from '../event/no-log.error.js';
import { LogWatch } from '../log/arrival/log-watch.js';
import { ResolvedOptions } from '../options.js';
import { requireArguments } from '../options/require-arguments.js';
import { ProjectionNotFoundError } from '../projection/projection-errors.js';
import { ProjectionProgress } from '../projection/run/projection-progress.js';
import { Projections } from '../projection/run/projections.js';
import { endedEarly } from './ended-early.js';
import { type EventConditions, EventFilter } from './event-filter.js';
import { EventSubscription } from './event-subscription.js';
import { EVENTS, WATCH } from './live-arguments.js';
import { LogTail } from './log-tail.js';
import { type ReadRows, RowWatch, type Watched } from './row-watch.js';
import { Subscriptions } from './subscriptions.js';
import { WatchedProjection } from './watched-projection.js';

export interface LiveEventsOptions extends EventConditions {
  /** The position after which the events begin, exclusive. Default: the end of the log at the time of the call. */
  after?: number | undefined;
  /** Ends the feed. */
  signal?: AbortSignal | undefined;
}

export interface WatchOptions<Answer> {
  /** The name of the projection whose rows are read. */
  projection: string;
  /** The key of the rows, as the projection's `key` names it. Default: all keys. */
  key?: string | undefined;
  /** Reads the rows. Give the position to `ProjectionProgress.read`, or to a query that does so. */
  read: ReadRows<Answer>;
  /** Ends the watch. */
  signal?: AbortSignal | undefined;
}

/**
 * Events and rows as they come, for as long as the caller goes on: the source of a feed over SSE, WebSocket or GraphQL.
 *
 * One reader for all subscribers of the process follows the end of the log, while there are any. A database that is
 * away is waited for. The iterations end, without an error, when the caller breaks, when its signal aborts, and at the
 * stop of the application.
 */
@Injectable()
export class LiveFeed {
  private readonly subscriptions: Subscriptions;
  private readonly watched = new Map<string, WatchedProjection>();
  private readonly stopped = new AbortController();
  /** Reads after the first one run outside of the transaction and the message of the subscriber's request. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly tail: LogTail,
    private readonly projections: Projections,
    private readonly progress: ProjectionProgress,
    private readonly registry: EventRegistry,
    private readonly watchOfLog: LogWatch,
    private readonly options: ResolvedOptions,
  ) {
    this.subscriptions = new Subscriptions(tail);
    setMaxListeners(0, this.stopped.signal); // every iteration listens
  }

  /**
   * The events of the log, in order, each once: first those after `after`, then those that come. To resume, give the
   * position of the last event that was handled. A consumer may be slow: it then reads the log by itself.
   *
   * @throws InvalidArgumentError; NoLogError in a process whose log is elsewhere
   */
  events(options: LiveEventsOptions = {}): AsyncIterableIterator<StoredEvent> {
    requireArguments('LiveFeed.events', { options }, EVENTS);
    const groups = this.groups(options);
    return this.untilStop((signal) => oneByOne(groups(signal)), options.signal);
  }

  /**
   * The same events in groups, none of them empty: those that one look at the log has found. For a consumer that sends
   * several at once.
   *
   * @throws InvalidArgumentError; NoLogError in a process whose log is elsewhere
   */
  batches(options: LiveEventsOptions = {}): AsyncIterableIterator<StoredEvent[]> {
    requireArguments('LiveFeed.batches', { options }, EVENTS);
    return this.untilStop(this.groups(options), options.signal);
  }

  /**
   * What `read` answers now, and again whenever the projection has folded events of the key, at most once in
   * `liveIntervalMs`. A later answer may be the same as before. An error of `read` ends the iteration, unless it
   * passes, such as that of a database that is away: then it is read again.
   *
   * @throws InvalidArgumentError; ProjectionNotFoundError when this process does not have the code of the projection
   */
  watch<Answer>(options: WatchOptions<Answer>): AsyncIterableIterator<Watched<Answer>> {
    requireArguments('LiveFeed.watch', { options }, WATCH);
    const { projection: name, key, read, signal: ofCaller } = options;
    const projection = this.watchedOf(name);
    const { outside } = this;
    const places = async () => ({
      head: this.tail.position,
      folded: await this.progress.positionOf(name),
    });
    const intervalMs = this.options.liveIntervalMs;
    return this.untilStop(
      (signal) => new RowWatch(key, read, { projection, places, intervalMs, outside, signal }).answers(),
      ofCaller,
    );
  }

  /** Ends all iterations. Can be called again. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all([this.tail.stop(), ...[...this.watched.values()].map((each) => each.stop())]);
  }

  /** The end of the log is that of now, also when the first event is asked for later. */
  private groups(options: LiveEventsOptions): (signal: AbortSignal) => AsyncGenerator<StoredEvent[]> {
    requireLog(this.options);
    const start = options.after === undefined ? this.tail.log.head() : Promise.resolve(options.after);
    start.catch(() => undefined); // the first `next` throws it
    const filter = new EventFilter(options);
    return (signal) => this.subscribed(start, filter, signal);
  }

  private async *subscribed(start: Promise<number>, filter: EventFilter, signal: AbortSignal) {
    const subscription = new EventSubscription(filter, await start, this.tail, signal);
    if (signal.aborted) return;
    try {
      await this.subscriptions.add(subscription);
      yield* subscription.groups();
    } finally {
      this.subscriptions.remove(subscription);
    }
  }

  private watchedOf(name: string): WatchedProjection {
    const folding = this.projections.foldings.find((each) => each.name === name);
    if (folding === undefined) throw new ProjectionNotFoundError(`There is no projection "${name}".`);
    const { tail, registry, progress, watchOfLog: watch } = this;
    const watched =
      this.watched.get(name) ?? new WatchedProjection(folding, { tail, watch, registry, progress });
    this.watched.set(name, watched);
    return watched;
  }

  private untilStop<Value>(
    values: (signal: AbortSignal) => AsyncGenerator<Value>,
    ofCaller: AbortSignal | undefined,
  ): AsyncIterableIterator<Value> {
    return endedEarly(
      values,
      ofCaller === undefined ? [this.stopped.signal] : [this.stopped.signal, ofCaller],
    );
  }
}

async function* oneByOne<Value>(groups: AsyncIterable<Value[]>): AsyncGenerator<Value> {
  for await (const group of groups) yield* group;
}
