import { createParser } from 'eventsource-parser';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { eventually } from '../eventually.js';
import { PATIENCE_MS } from '../patience.js';

/** A message of a feed, its data parsed. */
export interface Message<Data = any> {
  id: number;
  event: string;
  data: Data;
}

/** A client that follows a feed, as a browser does. */
export class Feed<Data = any> {
  readonly messages: Message<Data>[] = [];
  comments = 0;
  /** Whether the answer has come to its end, or its connection was cut. */
  hasEnded = false;
  /** Whether the end was in order. */
  isComplete = false;
  onMessage: (message: Message<Data>) => void = () => undefined;
  readonly closed: Promise<void>;

  private constructor(readonly answer: IncomingMessage) {
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        const message = { id: Number(id), event: event ?? '', data: JSON.parse(data) as Data };
        this.messages.push(message);
        this.onMessage(message);
      },
      onComment: () => this.comments++,
    });
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => parser.feed(chunk));
    answer.on('end', () => (this.isComplete = true));
    answer.on('error', () => undefined); // the connection was cut
    this.closed = new Promise((resolve) => {
      answer.on('close', () => {
        this.hasEnded = true;
        resolve();
      });
    });
  }

  /** Resolves when the feed is open, or refused. */
  static async open<Data = any>(url: string, headers: Record<string, string> = {}): Promise<Feed<Data>> {
    const request = get(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return new Feed<Data>(answer);
  }

  get status(): number {
    return this.answer.statusCode!;
  }

  get ids(): number[] {
    return this.messages.map(({ id }) => id);
  }

  /** Waits for that many messages. */
  async has(count: number): Promise<Message<Data>[]> {
    await eventually(() => {
      if (this.messages.length < count) throw new Error(`${this.messages.length} of ${count} messages`);
    }, PATIENCE_MS);
    return this.messages;
  }

  /** Waits for a message that the assertion holds for, the last one at that time. */
  async shows(assertion: (last: Message<Data>) => void): Promise<void> {
    await eventually(() => assertion(this.messages.at(-1)!), PATIENCE_MS);
  }

  async ends(): Promise<void> {
    await eventually(() => {
      if (!this.hasEnded) throw new Error('The feed is open.');
    }, PATIENCE_MS);
  }

  /** Goes away without a word. */
  close(): void {
    this.answer.destroy();
  }
}
