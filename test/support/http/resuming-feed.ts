import { eventually } from '../eventually.js';
import { PATIENCE_MS } from '../patience.js';
import { Feed } from './feed.js';

/** A client that connects again whenever its feed ends, and goes on behind the last id, as browsers do. */
export class ResumingFeed {
  readonly ids: number[] = [];
  connections = 0;
  private isClosed = false;
  private feed: Feed | undefined;
  private readonly running: Promise<void>;

  /** @param urlOf the address of the feed now; that of a service changes when it is started again */
  constructor(private readonly urlOf: () => string) {
    this.running = this.follow();
  }

  /** Waits for a message with that id. */
  async reaches(id: number): Promise<void> {
    await eventually(() => {
      if ((this.ids.at(-1) ?? 0) < id) throw new Error(`The feed is at ${this.ids.at(-1)}, not at ${id}.`);
    }, PATIENCE_MS);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.feed?.close();
    await this.running;
  }

  private async follow(): Promise<void> {
    while (!this.isClosed) {
      const last = this.ids.at(-1);
      try {
        const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': String(last) };
        const feed = (this.feed = await Feed.open(this.urlOf(), headers));
        if (feed.status === 200) this.connections++;
        feed.onMessage = ({ id }) => this.ids.push(id);
        if (this.isClosed) feed.close();
        await feed.closed;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50)); // the service is away: a pause between two tries
      }
    }
  }
}
