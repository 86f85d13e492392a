import type { StoredEvent } from '../event/domain-event.js';
import type { EventSubscription } from './event-subscription.js';
import type { LogTail, TailListener } from './log-tail.js';
import type { LogPart } from './next-events.sql.js';

/**
 * Gives subscribers the events that are for them. They are kept by the stream that they want: of a thousand with a
 * stream of their own each, an event concerns a few.
 */
export class Subscriptions implements TailListener {
  private readonly byStream = new Map<string | undefined, Set<EventSubscription>>();

  constructor(private readonly tail: LogTail) {}

  async add(subscription: EventSubscription): Promise<void> {
    const { streamId } = subscription.filter;
    const others = this.byStream.get(streamId) ?? new Set();
    this.byStream.set(streamId, others.add(subscription));
    await this.tail.join(this);
  }

  remove(subscription: EventSubscription): void {
    const { streamId } = subscription.filter;
    const others = this.byStream.get(streamId);
    others?.delete(subscription);
    if (others?.size === 0) this.byStream.delete(streamId);
    if (this.byStream.size === 0) this.tail.leave(this);
  }

  take({ events, upTo }: LogPart): void {
    const wanted = new Map<EventSubscription, StoredEvent[]>();
    for (const event of events) {
      for (const streamId of [event.streamId, undefined]) {
        for (const each of this.byStream.get(streamId) ?? []) {
          if (each.filter.accepts(event)) addTo(wanted, each, event);
        }
      }
    }
    for (const [subscription, found] of wanted) subscription.take(found, upTo);
  }
}

function addTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
