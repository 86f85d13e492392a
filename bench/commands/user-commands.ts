import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ConcurrencyError } from '../../src/event-sourcing/index.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { User } from '../../src/users/user.js';
import type { Figures } from '../figures.js';
import { measure } from '../measure.js';
import type { PartContext } from '../part.js';

/** Resolves with the id. */
export async function registerUser(instance: INestApplicationContext): Promise<string> {
  const id = randomUUID();
  await instance.get(UserRepository).create(User.register(id, `${id}@example.org`, 'Ada', []));
  return id;
}

/**
 * The clients take instances and users by turns. Conflicts that reach a client count as failures.
 *
 * @param genreOf the preference that the nth command gives. Default: a new one each time. With the same one, no command
 * changes anything
 */
export async function updateUsers(
  context: Pick<PartContext, 'sliceMs' | 'stop'>,
  clients: number,
  instances: readonly INestApplicationContext[],
  ids: readonly string[],
  genreOf = (nth: number) => `genre-${nth}`,
): Promise<Figures> {
  const repositories = instances.map((instance) => instance.get(UserRepository));
  let failures = 0;
  let nth = 0;
  const figures = await measure(context, { clients }, (client) =>
    repositories[client % repositories.length]!.update(ids[client % ids.length]!, (user) =>
      user.updatePreferences([genreOf(nth++)]),
    ).catch((error: unknown) => {
      if (!(error instanceof ConcurrencyError)) throw error;
      failures++;
    }),
  );
  return { ...figures, failures };
}
