import { randomUUID } from 'node:crypto';
import { type Answer, call, fieldOf } from '../simulate/http-call.js';

/** Registers users at a service, and resolves with their ids. */
export async function registerUsers(
  url: string,
  count: number,
  headersOf: (userId: string) => Record<string, string | undefined> = () => ({}),
): Promise<string[]> {
  const userIds = Array.from({ length: count }, () => randomUUID());
  for (const userId of userIds) {
    const { status } = await fetch(`${url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf(userId) } as Record<string, string>,
      body: JSON.stringify({ userId, email: `${userId}@example.org`, name: 'Ada' }),
    });
    if (status !== 201) throw new Error(`The registration of a user was answered with ${status}`);
  }
  return userIds;
}

/** Users whose preferences change again and again. Each sends a command when the previous one is answered. */
export class HotUsers {
  private readonly last = new Map<string, Promise<number>>();

  constructor(
    private readonly url: string,
    private readonly userIds: readonly string[],
    private readonly stop: AbortSignal,
  ) {}

  of(nth: number): string {
    return this.userIds[nth % this.userIds.length]!;
  }

  /**
   * Gives a user preferences that it does not have. The number chooses the user. Resolves with the event's position.
   */
  change(nth: number): Promise<number> {
    const userId = this.of(nth);
    const before = this.last.get(userId) ?? Promise.resolve(0);
    const changed = before.then(() => this.send(userId, ['drama', `genre ${nth}`]));
    this.last.set(userId, changed);
    return changed;
  }

  private async send(userId: string, preferences: readonly string[]): Promise<number> {
    const answer = await call(
      {
        method: 'PUT',
        url: `${this.url}/users/${userId}/preferences`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ preferences }),
      },
      this.stop,
    );
    return Number(fieldOf(expectOk(answer).body, 'position'));
  }
}

/** Reads a profile that is folded up to `position`. */
export async function readProfile(
  url: string,
  userId: string,
  position: number,
  stop: AbortSignal,
): Promise<unknown> {
  const headers = { 'read-after': String(position) };
  return expectOk(await call({ method: 'GET', url: `${url}/users/${userId}/profile`, headers }, stop)).body;
}

function expectOk(answer: Answer): Answer {
  if (answer.status === 200) return answer;
  throw new Error(`A request was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
}
