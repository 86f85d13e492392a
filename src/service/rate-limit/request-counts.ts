import { LRUCache } from 'lru-cache';

/** What a sender has made of its running minute. */
export interface Count {
  requests: number;
  /** Until the next minute begins for this sender, in s. */
  secondsLeft: number;
}

interface Minute {
  requests: number;
  /** In ms since the epoch. */
  endsAt: number;
}

const MINUTE_MS = 60_000;
/** Senders that are counted at a time. Beyond, the one that was heard of least recently starts anew. */
const MAX_SENDERS = 50_000;

/**
 * How many requests each sender has made, in the memory of this process. A sender's minute begins with its first
 * request; one number counts it, so that a high limit costs no more than a low one.
 */
export class RequestCounts {
  private readonly minutes = new LRUCache<string, Minute>({ max: MAX_SENDERS });

  /** @param now in ms since the epoch */
  add(sender: string, now: number): Count {
    const minute = this.minuteOf(sender, now);
    minute.requests += 1;
    return { requests: minute.requests, secondsLeft: Math.ceil((minute.endsAt - now) / 1_000) };
  }

  private minuteOf(sender: string, now: number): Minute {
    const running = this.minutes.get(sender);
    if (running !== undefined && running.endsAt > now) return running;
    const minute = { requests: 0, endsAt: now + MINUTE_MS };
    this.minutes.set(sender, minute);
    return minute;
  }
}
