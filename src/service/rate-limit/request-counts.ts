import { LRUCache } from 'lru-cache';

/** The requests of a sender in its running minute. */
export interface Count {
  requests: number;
  /** Seconds until the next minute of this sender begins. */
  secondsLeft: number;
}

interface Minute {
  requests: number;
  /** In ms since the epoch. */
  endsAt: number;
}

const MINUTE_MS = 60_000;
/** The most senders that are counted at a time. Beyond, the sender whose last request is the oldest starts anew. */
const MAX_SENDERS = 50_000;

/**
 * The number of requests of each sender, in the memory of this process. A sender's minute begins with its first
 * request. One number counts it, so a high limit costs no more than a low one.
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
