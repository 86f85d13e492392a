import type { EventStore, StoredEvent } from '../../event-sourcing/index.js';

/** Reads on from a position to the end of the log, again and again, each event once. */
export class LogReader {
  constructor(
    private readonly store: EventStore,
    private position: number,
    private readonly types: readonly string[],
  ) {}

  /** The events up to the end that the log has by now. What follows a failure goes on where it came. */
  async *next(): AsyncGenerator<StoredEvent> {
    const head = await this.store.head();
    for await (const event of this.store.iterateAll({ fromPosition: this.position, types: this.types })) {
      this.position = event.position;
      yield event;
    }
    // Events of other types were looked at as well: a rare type must not be looked for in the same part again.
    this.position = Math.max(this.position, head);
  }
}
