import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CommandAnswer, CommandOrder } from '../commands/command-process.js';
import { registerUser } from '../commands/user-commands.js';
import type { Figures } from '../figures.js';
import { inTurn } from '../measure.js';
import { openEventfold } from '../open-eventfold.js';
import type { PartContext, Part } from '../part.js';

const CLIENTS = 32;
const PROCESSES = [1, 2, 4] as const;
const WORK = `repository.update, ${CLIENTS} clients in all`;
const USERS = { [`${CLIENTS} users`]: CLIENTS, 'one user': 1 };
const [OWN, SHARED] = Object.keys(USERS) as [string, string];

const contenderOf = (users: string, processes: number) =>
  `${users}, ${processes === 1 ? '1 process' : `${processes} processes`}`;
const YARDSTICK = contenderOf(OWN, 1);

/** Every process may give commands for every user. On a machine of two cores the server needs one of them. */
export const processes: Part = {
  name: 'processes',
  about: 'commands of 1, 2 and 4 processes on users of their own, and on one',
  run: async (context) => {
    const ids = await registerUsers(context);
    const children = await Promise.all(Array.from({ length: Math.max(...PROCESSES) }, () => start(context)));
    try {
      const rounds = Object.entries(USERS).flatMap(([name, users]) =>
        PROCESSES.map((count) => {
          const round = () => orderAll(context, children.slice(0, count), ids.slice(0, users));
          return [contenderOf(name, count), round] as const;
        }),
      );
      return await inTurn(context, { work: WORK, unit: 'commands/s' }, Object.fromEntries(rounds));
    } finally {
      await Promise.all(children.map(end));
    }
  },
  claims: [
    { work: WORK, of: contenderOf(SHARED, 1), against: YARDSTICK, figure: 'rate', atLeast: 0.8 },
    { work: WORK, of: contenderOf(SHARED, 2), against: YARDSTICK, figure: 'rate', atLeast: 0.25 },
  ],
};

async function registerUsers({ url }: PartContext): Promise<string[]> {
  const app = await openEventfold(url);
  try {
    return await Promise.all(Array.from({ length: CLIENTS }, () => registerUser(app)));
  } finally {
    await app.close();
  }
}

async function start({ url, stop }: PartContext): Promise<ChildProcess> {
  const script = join(import.meta.dirname, '../commands/command-process.js');
  const { PATH, HOME } = process.env;
  const child = fork(script, { env: { PATH, HOME, DATABASE_URL: url }, detached: true });
  await once(child, 'message', { signal: stop });
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}

/** Clients and users are dealt out to the processes. Where users are fewer, the processes share them. */
async function orderAll(
  context: PartContext,
  children: readonly ChildProcess[],
  ids: readonly string[],
): Promise<Figures> {
  const { sliceMs } = context;
  const clients = CLIENTS / children.length;
  const figures = await Promise.all(
    children.map((child, number) => {
      const own = Array.from(
        { length: clients },
        (_, client) => ids[(number * clients + client) % ids.length]!,
      );
      return order(context, child, { ids: own, clients, sliceMs });
    }),
  );
  const sum = (figure: 'rate' | 'failures') => figures.reduce((all, each) => all + each[figure]!, 0);
  return { rate: sum('rate'), failures: sum('failures') };
}

async function order({ stop }: PartContext, child: ChildProcess, message: CommandOrder): Promise<Figures> {
  const answered = once(child, 'message', { signal: stop });
  child.send(message);
  const [answer] = (await answered) as [CommandAnswer];
  if ('failure' in answer) throw new Error(answer.failure);
  return answer.figures;
}
