import { createHash } from 'node:crypto';
import type { Command } from './command.js';
import { callWithRetries } from './retried-call.js';
import { SimulationFailure } from './failure.js';
import { fieldOf, type Answer } from './http-call.js';
import type { ViewingEvent } from './viewing-load.js';

export interface Verdict {
  verdict: 'appended' | 'duplicate' | 'invalid';
  position?: number;
  errors?: unknown;
}

/**
 * The part of Eventfold's HTTP interface that a load needs. It remembers the last position that the service reported.
 */
export class ServiceClient {
  lastPosition = 0;

  constructor(
    readonly url: string,
    private readonly stop: AbortSignal,
    private readonly token?: string,
  ) {}

  /**
   * Sends a command. The idempotency key follows from the command, so a second run with the same seed changes nothing.
   *
   * @returns 'already-there' when an earlier run has sent the command
   */
  async command({ method, path, body }: Command): Promise<'done' | 'already-there'> {
    const text = JSON.stringify(body);
    const key = createHash('sha256').update(`${method} ${path} ${text}`).digest('hex');
    const answer = await this.send(method, path, text, { 'idempotency-key': key });
    if (answer.status !== 409) expectSuccess(answer, `${method} ${path}`);
    this.notePosition(fieldOf(answer.body, 'position'));
    const known = answer.status === 409 || answer.headers['idempotent-replayed'] === 'true';
    return known ? 'already-there' : 'done';
  }

  async sendViewingEvents(events: readonly ViewingEvent[]): Promise<Verdict[]> {
    const answer = await this.send('POST', '/viewing/events', JSON.stringify(events), {});
    expectSuccess(answer, 'POST /viewing/events');
    const { verdicts } = answer.body as { verdicts: Verdict[] };
    for (const { position } of verdicts) this.notePosition(position);
    return verdicts;
  }

  /** Reads a state that includes everything that this client has sent. */
  async read<Result>(path: string): Promise<Result> {
    const answer = await this.readAfterWrites(path);
    expectSuccess(answer, `GET ${path}`);
    return answer.body as Result;
  }

  /** The number of events that the read model behind `path` has not folded, of those that this client has sent. */
  async lagOf(path: string): Promise<number> {
    const answer = await this.readAfterWrites(path);
    if (fieldOf(answer.body, 'type') === 'not-caught-up')
      return Number(fieldOf(answer.body, 'lagEvents') ?? Infinity);
    expectSuccess(answer, `GET ${path}`);
    return 0;
  }

  private readAfterWrites(path: string): Promise<Answer> {
    const headers = { ...this.credentials(), 'read-after': String(this.lastPosition) };
    return callWithRetries({ method: 'GET', url: this.url + path, headers }, this.stop);
  }

  private send(method: string, path: string, body: string, headers: Record<string, string>): Promise<Answer> {
    const all = { ...headers, ...this.credentials(), 'content-type': 'application/json' };
    return callWithRetries({ method, url: this.url + path, headers: all, body }, this.stop);
  }

  private credentials(): Record<string, string> {
    return this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
  }

  private notePosition(position: unknown): void {
    this.lastPosition = Math.max(this.lastPosition, Number(position ?? 0));
  }
}

function expectSuccess(answer: Answer, request: string): void {
  if (answer.status >= 200 && answer.status < 300) return;
  throw new SimulationFailure(`${request} was answered ${answer.status}: ${explanation(answer)}`);
}

function explanation({ status, body }: Answer): string {
  if (status === 401 || status === 403) return 'the service wants a token with scope admin, see --token';
  const errors = fieldOf(body, 'errors');
  const detail = fieldOf(body, 'detail') ?? fieldOf(body, 'title');
  const why = typeof detail === 'string' ? detail : JSON.stringify(body);
  return errors === undefined ? why : `${why} ${JSON.stringify(errors)}`;
}
