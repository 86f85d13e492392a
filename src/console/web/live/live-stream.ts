/**
 * Server-sent events by `fetch`, because `EventSource` sends no token. `LIFE` has the states of a stream.
 */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { asProblem, type Query, request, urlOf } from '../api/client.js';
import { Problem } from '../api/problem.js';
import { pause, watchConnection } from './connection.js';
import { LIFE, type LiveState } from './live-state.js';

export interface LiveOptions {
  query?: Query;
  onMessage: (message: EventSourceMessage) => void;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 10_000;
/** The service sends a comment every 15 s. A connection that is silent for longer is dead. */
const SILENT_MS = 40_000;

/** A stream that resumes behind its last message, whatever happens to its connection. */
export class LiveStream {
  private readonly current: Signal<LiveState> = signal<LiveState>({ state: 'connecting' });
  private readonly end = new AbortController();
  private readonly forget: () => void;
  private lastId: string | undefined;
  private attempts = 0;

  /** @param route the route of the stream, such as `events/feed` */
  constructor(
    private readonly route: string,
    private readonly options: LiveOptions,
  ) {
    this.forget = watchConnection(this.current);
    void this.run();
  }

  get status(): ReadonlySignal<LiveState> {
    return this.current;
  }

  close(): void {
    if (this.current.peek().state === 'closed') return;
    this.become({ state: 'closed' });
    this.end.abort();
    this.forget();
  }

  private async run(): Promise<void> {
    while (!this.end.signal.aborted) {
      const problem = await this.connect();
      if (this.end.signal.aborted) return;
      if (isRefusal(problem)) return this.become({ state: 'refused', problem });
      this.attempts += 1;
      this.become({ state: 'waiting', attempts: this.attempts, problem });
      await pause(delayMs(this.attempts), this.end.signal);
    }
  }

  private become(next: LiveState): void {
    const { state } = this.current.peek();
    if (!LIFE[state].includes(next.state)) throw new Error(`A stream that is ${state} became ${next.state}.`);
    this.current.value = next;
  }

  /** One connection until it ends. @returns why it has ended */
  private async connect(): Promise<Problem> {
    const connection = new AbortController();
    const watch = new Watchdog(() => connection.abort());
    const end = () => connection.abort();
    this.end.signal.addEventListener('abort', end);
    try {
      await this.receive(connection.signal, watch);
      return new Problem(0, 'ended', 'No answer', 'The service has ended the connection.', null);
    } catch (error) {
      return asProblem(error);
    } finally {
      watch.stop();
      this.end.signal.removeEventListener('abort', end);
    }
  }

  private async receive(end: AbortSignal, watch: Watchdog): Promise<void> {
    const headers = {
      Accept: 'text/event-stream',
      ...(this.lastId !== undefined && { 'Last-Event-ID': this.lastId }),
    };
    const url = urlOf(this.route, this.options.query);
    const response = await request(url, { headers, signal: end, cache: 'no-store' });
    requireStream(response);
    this.become({ state: 'open' });
    const parser = createParser({ onEvent: (message) => this.take(message), onComment: () => this.settle() });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      watch.feed();
      parser.feed(part.value);
    }
  }

  private take(message: EventSourceMessage): void {
    this.settle();
    this.lastId = message.id ?? this.lastId;
    this.options.onMessage(message);
  }

  /** The connection works: the next loss begins with the short delay again. */
  private settle(): void {
    this.attempts = 0;
  }
}

/** Ends a connection that has been silent for too long. */
class Watchdog {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly bark: () => void) {
    this.feed();
  }

  feed(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.bark, SILENT_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

/** @throws Problem when a service of an older version answers with one document */
function requireStream(response: Response): void {
  if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) return;
  void response.body?.cancel();
  throw new Problem(406, 'not-live', 'Not live', 'This service does not send news of this.', null);
}

/** 429 and 503 say that the service is busy: a later attempt may succeed. */
const isRefusal = ({ status }: Problem): boolean => status >= 400 && status < 500 && status !== 429;

/** Doubles, with chance, so that all pages do not return to a restarted service at once. */
const delayMs = (attempts: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** (attempts - 1), LONGEST_DELAY_MS) * (0.75 + Math.random() / 2);
