import { registerUser, updateUsers } from '../commands/user-commands.js';
import type { Part } from '../part.js';
import { inTurn } from '../measure.js';
import { openEventfold } from '../open-eventfold.js';

const CLIENTS = 32;
const WORK = `repository.update, ${CLIENTS} clients`;
const APART = `${CLIENTS} aggregates`;
const ONE = 'one aggregate';
const RIVALS = 'one aggregate, two instances';
const UNCHANGED = 'one aggregate, nothing to change';

/** The cost for commands that meet on one aggregate. */
export const hot: Part = {
  name: 'hot',
  about: 'commands on one aggregate beside as many on aggregates of their own',
  run: async (context) => {
    const instances = await Promise.all([openEventfold(context.url), openEventfold(context.url)]);
    try {
      const apart = await Promise.all(Array.from({ length: CLIENTS }, () => registerUser(instances[0])));
      const one = [await registerUser(instances[0])];
      const alone = [instances[0]];
      return await inTurn(
        context,
        { work: WORK, unit: 'commands/s' },
        {
          [APART]: () => updateUsers(context, CLIENTS, alone, apart),
          [ONE]: () => updateUsers(context, CLIENTS, alone, one),
          [RIVALS]: () => updateUsers(context, CLIENTS, instances, one),
          [UNCHANGED]: () => updateUsers(context, CLIENTS, alone, one, () => 'the same genre'),
        },
      );
    } finally {
      await Promise.all(instances.map((instance) => instance.close()));
    }
  },
  claims: [
    { work: WORK, of: ONE, against: APART, figure: 'rate', atLeast: 0.8 },
    { work: WORK, of: RIVALS, against: APART, figure: 'rate', atLeast: 0.25 },
    { work: WORK, of: UNCHANGED, against: APART, figure: 'rate', atLeast: 0.8 },
  ],
};
