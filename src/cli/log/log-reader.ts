import type { EventStore, StoredEvent } from '../../event-sourcing/index.js';

/** Reads from a position to the end of the log, again and again. It returns each event once. */
export class LogReader {
  constructor(
    private readonly store: EventStore,
    private position: number,
    private readonly types: readonly string[],
  ) {}

  /** The new events, up to the present end of the log. After a failure, the next call goes on from there. */
  async *next(): AsyncGenerator<StoredEvent> {
    const head = await this.store.head();
    for await (const event of this.store.iterateAll({ fromPosition: this.position, types: this.types })) {
      this.position = event.position;
      yield event;
    }
    // Skip the events of other types, too: the search for a rare type must not read the same part again.
    this.position = Math.max(this.position, head);
  }
}
