import { randomUUID } from 'node:crypto';
import { type Answer, call, fieldOf } from '../simulate/http-call.js';

/** Registers users at a service, and resolves with their ids. */
export async function registerUsers(url: string, count: number): Promise<string[]> {
  const userIds = Array.from({ length: count }, () => randomUUID());
  for (const userId of userIds) {
    const { status } = await fetch(`${url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ userId, email: `${userId}@example.org`, name: 'Ada' }),
    });
    if (status !== 201) throw new Error(`The registration of a user was answered with ${status}`);
  }
  return userIds;
}

/** Gives a user other preferences than at the call before, and resolves with the position of the event. */
export async function changePreferences(
  url: string,
  userId: string,
  nth: number,
  stop: AbortSignal,
): Promise<number> {
  const answer = await call(
    {
      method: 'PUT',
      url: `${url}/users/${userId}/preferences`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ preferences: ['drama', `genre ${nth}`] }),
    },
    stop,
  );
  return Number(fieldOf(expectOk(answer).body, 'position'));
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
