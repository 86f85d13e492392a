import { Injectable } from '@nestjs/common';
import { LogListener, LogSignal, LogWatch, ResolvedOptions } from '../../event-sourcing/for-service.js';

/** How a relay hears that the log has grown: as projections do, also in a process that has none. */
@Injectable()
export class LogArrival {
  constructor(
    private readonly signal: LogSignal,
    private readonly watch: LogWatch,
    private readonly listener: LogListener,
    private readonly options: ResolvedOptions,
  ) {}

  /** Whether this process does background work for the event store. */
  get isFolding(): boolean {
    return this.options.projections;
  }

  /** How long a relay that has caught up may sleep, in ms. */
  get idleMs(): number {
    return this.watch.idleMs;
  }

  /** Returns the function that ends the subscription. The event store itself stops its listener. */
  subscribe(listener: () => void): () => void {
    this.watch.start();
    this.listener.start();
    return this.signal.subscribe(listener);
  }
}
