import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../bench/simulate/random.js';
import type { Answer, Api } from '../http/api.js';
import type { LogEvent } from './plain-fold.js';

const USERS = 40;
const FILMS = 15;
const GENRES = ['drama', 'war', 'comedy', 'action'];
const PLANS = ['free', 'basic', 'standard', 'premium'];
const BATCH = 5;
const BATCH_SENDERS = 2;
const USER_SENDERS = 4;
/** The pause between two requests of a sender, in ms: the load is steady, and leaves the machine to others. */
const PACE_MS = 15;
const GIVE_UP_AFTER_MS = 120_000;
const DAY_MS = 86_400_000;

/** An acknowledged request, and its place in the log. */
export interface Receipt {
  eventId?: string;
  streamId?: string;
  version?: number;
  position: number;
  /** The correlation id of a command, which the metadata of its events have. */
  correlationId?: string;
}

/**
 * Until it is stopped, users register, subscribe, change their preferences, leave and come back, and there are viewing
 * events of these users and others. A request without an answer is sent again unchanged, to any running service.
 */
export class StubbornLoad {
  readonly receipts: Receipt[] = [];
  /** Requests that had to be sent again. */
  repeats = 0;
  private readonly users = Array.from({ length: USERS }, () => randomUUID());
  private stopping = false;
  private failure: unknown;
  private running: Promise<void> | undefined;

  constructor(
    private readonly random: Random,
    private readonly api: () => Api,
    /** Whether something around a command may fail when its events are stored. Then a repeat says that they are. */
    private readonly mayFailAfterAppend = false,
  ) {}

  start(): void {
    const senders = [
      ...Array.from({ length: BATCH_SENDERS }, () => this.sendViewing()),
      ...Array.from({ length: USER_SENDERS }, (_, sender) => this.manageUsers(sender)),
    ];
    this.running = Promise.all(senders).then(
      () => undefined,
      (error: unknown) => {
        this.failure = error;
        this.stopping = true;
      },
    );
  }

  /** Resolves when so many more requests have been acknowledged. */
  async goesOn(by: number): Promise<void> {
    for (const upTo = this.receipts.length + by; this.receipts.length < upTo; await sleep(2)) {
      if (this.failure !== undefined) throw this.failure;
    }
  }

  /** Lets every sender finish its request. @throws an answer that a sender must not get */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
    if (this.failure !== undefined) throw this.failure;
  }

  private async sendViewing(): Promise<void> {
    while (!this.stopping) {
      const batch = Array.from({ length: BATCH }, () => this.viewingEvent());
      const { status, body } = await this.insist('POST', '/viewing/events', batch, {});
      if (status !== 200) throw new Error(`A batch got ${status}: ${JSON.stringify(body)}`);
      for (const { eventId, position } of body.verdicts) this.receipts.push({ eventId, position });
      await sleep(PACE_MS);
    }
  }

  /** Half of the time a sender registers a new user, while there is one. */
  private async manageUsers(sender: number): Promise<void> {
    const waiting = this.users.filter((_, index) => index % USER_SENDERS === sender);
    const registered: { userId: string; plan: string; isActive: boolean }[] = [];
    while (!this.stopping) {
      if (registered.length === 0 || (waiting.length > 0 && this.random.chance(0.1))) {
        const user = { userId: waiting.pop()!, plan: 'free', isActive: true };
        const email = `${user.userId}@example.org`;
        const body = { userId: user.userId, email, name: 'Ada', initialPreferences: [this.genre()] };
        await this.command('POST', '/users', user.userId, body);
        registered.push(user);
      } else await this.change(this.random.pick(registered));
      await sleep(PACE_MS);
    }
  }

  private async change(user: { userId: string; plan: string; isActive: boolean }): Promise<void> {
    const { userId } = user;
    const path = `/users/${userId}`;
    if (!user.isActive || this.random.chance(0.2)) {
      user.isActive = !user.isActive;
      return this.command('POST', `${path}/${user.isActive ? 'reactivation' : 'deactivation'}`, userId, {});
    }
    if (this.random.chance(0.3)) {
      user.plan = this.random.pick(PLANS.filter((plan) => plan !== user.plan));
      const body = { plan: user.plan, paymentMethod: 'paypal' };
      return this.command('POST', `${path}/subscription`, userId, body);
    }
    const preferences = [this.genre(), randomUUID()];
    return this.command('PUT', `${path}/preferences`, userId, { preferences });
  }

  private viewingEvent(): object {
    const common = {
      eventId: randomUUID(),
      userId: this.random.pick(this.users),
      contentId: `film-${this.random.integer(1, FILMS)}`,
      ...(this.random.chance(0.5) && {
        occurredAt: new Date(Date.now() - this.random.next() * 3 * DAY_MS).toISOString(),
      }),
    };
    if (this.random.chance(0.3)) {
      return { type: 'content.rated', ...common, rating: this.random.integer(1, 5) };
    }
    return {
      type: 'content.watched',
      ...common,
      watchDurationSeconds: this.random.between(1, 7_200),
      completionPercentage: this.random.between(1, 100),
      ...(this.random.chance(0.8) && { genre: this.genre() }),
    };
  }

  private genre(): string {
    return this.random.pick(GENRES);
  }

  private async command(method: string, path: string, userId: string, body: object): Promise<void> {
    const correlationId = randomUUID();
    const headers = { 'idempotency-key': correlationId, 'x-correlation-id': correlationId };
    const answer = await this.insist(method, path, body, headers);
    const isStored = this.mayFailAfterAppend && answer.body.type === 'answer-not-known';
    if (answer.status >= 300 && !isStored)
      throw new Error(`${path} got ${answer.status}: ${JSON.stringify(answer.body)}`);
    const { version, position } = answer.body;
    this.receipts.push({ correlationId, streamId: `user-${userId}`, version, position });
  }

  private async insist(
    method: string,
    path: string,
    body: object,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const deadline = Date.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      const answer = await this.api()
        .send(method, path, body, headers)
        .catch(() => undefined);
      if (answer !== undefined && answer.status !== 503) return answer;
      this.repeats += 1;
      if (Date.now() > deadline) throw new Error(`${path} got no answer: ${JSON.stringify(answer)}`);
      await sleep(20);
    }
  }
}

/**
 * Receipts whose event is missing at its position, or is in the log more than once; and events that were never sent.
 */
export function lossesOf(receipts: readonly Receipt[], log: readonly LogEvent[]): string[] {
  const commands = new Map<string, number>();
  for (const { streamId, metadata } of log) {
    const command = `${streamId} ${metadata.correlationId as string}`;
    commands.set(command, (commands.get(command) ?? 0) + 1);
  }
  const sent = new Set(receipts.map(({ eventId, position }) => eventId ?? position));
  return [
    ...receipts.flatMap((receipt) => {
      const { correlationId, position, ...place } = receipt;
      const stored = log[position - 1] as object as Record<string, unknown> | undefined;
      const isThere = Object.entries(place).every(
        ([field, value]) => value === undefined || stored?.[field] === value,
      );
      const times = correlationId === undefined ? 1 : commands.get(`${place.streamId} ${correlationId}`);
      return isThere && times === 1 ? [] : [`${JSON.stringify(receipt)} is there ${times} times: ${isThere}`];
    }),
    ...log
      .filter(({ eventId, position, streamId }) => {
        const isSent = sent.has(eventId) || sent.has(position);
        return !isSent && /^(user|content)-/.test(streamId);
      })
      .map(({ position, type }) => `${type} at ${position} was acknowledged to nobody`),
    ...(new Set(log.map(({ eventId }) => eventId)).size === log.length ? [] : ['an event id is there twice']),
  ];
}

/** Positions and, in each stream, versions that are not those of a count from 1. */
export function gapsOf(log: readonly LogEvent[]): string[] {
  const versions = new Map<string, number>();
  return log.flatMap(({ position, streamId, version }, index) => {
    const expectedVersion = (versions.get(streamId) ?? 0) + 1;
    versions.set(streamId, version);
    return position === index + 1 && version === expectedVersion
      ? []
      : [`position ${position}, ${streamId} at version ${version}, after ${index} events`];
  });
}
