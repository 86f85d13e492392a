import type { Figures } from '../figures.js';
import { openEventfold } from '../open-eventfold.js';
import { updateUsers } from './user-commands.js';

// A process that gives commands whenever it is told to, until the one that started it is gone.

export interface CommandOrder {
  /** Each client keeps to one user. */
  ids: readonly string[];
  clients: number;
  sliceMs: number;
}
export type CommandAnswer = { figures: Figures } | { failure: string };

const app = await openEventfold(process.env.DATABASE_URL!);
const { signal: stop } = new AbortController();
const answer = (message: CommandAnswer | 'ready') => process.send!(message);

process.on('message', ({ ids, clients, sliceMs }: CommandOrder) => {
  updateUsers({ sliceMs, stop }, clients, [app], ids).then(
    (figures) => answer({ figures }),
    (error: unknown) => answer({ failure: String(error) }),
  );
});
process.on('disconnect', () => void app.close().then(() => process.exit()));
answer('ready');
