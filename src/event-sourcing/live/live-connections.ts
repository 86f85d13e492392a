import { Injectable } from '@nestjs/common';
import { EventfoldError } from '../errors.js';
import { ResolvedOptions } from '../options.js';

/** The process has as many open feeds as it may have. */
export class TooManyLiveConnectionsError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'live.too-many';

  constructor(limit: number) {
    super(`This process has ${limit} open feeds, which is its limit. Try again in a moment.`);
  }
}

/** The connections of clients that follow a feed: at most `liveMaxConnections`, and none after the stop. */
@Injectable()
export class LiveConnections {
  private readonly open = new Set<() => void>();
  private isStopped = false;

  constructor(private readonly options: ResolvedOptions) {}

  get count(): number {
    return this.open.size;
  }

  /**
   * @param end ends the connection; called at the stop, or at once after it
   * @returns the function that gives the place back
   * @throws TooManyLiveConnectionsError
   */
  take(end: () => void): () => void {
    const { liveMaxConnections } = this.options;
    if (this.open.size >= liveMaxConnections) throw new TooManyLiveConnectionsError(liveMaxConnections);
    this.open.add(end);
    if (this.isStopped) end();
    return () => void this.open.delete(end);
  }

  /** Ends all connections. Can be called again. */
  stop(): void {
    this.isStopped = true;
    for (const end of this.open) end();
  }
}
