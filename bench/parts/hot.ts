import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ConcurrencyError } from '../../src/event-sourcing/index.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { User } from '../../src/users/user.js';
import type { PartContext, Part } from '../part.js';
import { inTurn, measure } from '../measure.js';
import type { Figures } from '../figures.js';
import { openEventfold } from '../open-eventfold.js';

const CLIENTS = 32;
const WORK = `repository.update, ${CLIENTS} clients`;
const APART = `${CLIENTS} aggregates`;
const ONE = 'one aggregate';
const RIVALS = 'one aggregate, two instances';

/** The cost for commands that meet on one aggregate. */
export const hot: Part = {
  name: 'hot',
  about: 'commands on one aggregate beside as many on aggregates of their own',
  run: async (context) => {
    const instances = await Promise.all([openEventfold(context.url), openEventfold(context.url)]);
    try {
      const apart = await Promise.all(Array.from({ length: CLIENTS }, () => register(instances[0])));
      const one = [await register(instances[0])];
      const alone = [instances[0]];
      return await inTurn(
        context,
        { work: WORK, unit: 'commands/s' },
        {
          [APART]: () => update(context, alone, apart),
          [ONE]: () => update(context, alone, one),
          [RIVALS]: () => update(context, instances, one),
        },
      );
    } finally {
      await Promise.all(instances.map((instance) => instance.close()));
    }
  },
  claims: [
    { work: WORK, of: ONE, against: APART, figure: 'rate', atLeast: 0.8 },
    { work: WORK, of: RIVALS, against: APART, figure: 'rate', atLeast: 0.25 },
  ],
};

async function register(instance: INestApplicationContext): Promise<string> {
  const id = randomUUID();
  await instance.get(UserRepository).create(User.register(id, `${id}@example.org`, 'Ada', []));
  return id;
}

/** Conflicts that reach a client count as failures. */
async function update(
  context: PartContext,
  instances: readonly INestApplicationContext[],
  ids: readonly string[],
): Promise<Figures> {
  const repositories = instances.map((instance) => instance.get(UserRepository));
  let failures = 0;
  let genre = 0;
  const figures = await measure(context, { clients: CLIENTS }, (client) =>
    repositories[client % repositories.length]!.update(ids[client % ids.length]!, (user) =>
      user.updatePreferences([`genre-${genre++}`]),
    ).catch((error: unknown) => {
      if (!(error instanceof ConcurrencyError)) throw error;
      failures++;
    }),
  );
  return { ...figures, failures };
}
