import type { EventSubscription } from './event-subscription.js';
import type { LogTail, TailListener } from './log-tail.js';
import type { LogPart } from './next-events.sql.js';

/**
 * Wakes the subscribers that an event is for. They are kept by the stream that they want: of a thousand subscribers,
 * each with a stream of its own, an event concerns a few.
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

  take({ events, after }: LogPart): void {
    for (const event of events) {
      for (const streamId of [event.streamId, undefined]) {
        for (const each of this.byStream.get(streamId) ?? [])
          if (each.filter.accepts(event)) each.wake(after);
      }
    }
  }
}
