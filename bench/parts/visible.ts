import type { PartContext, Part } from '../part.js';
import { HotUsers, readProfile, registerUsers } from '../http/hot-users.js';
import { paced } from '../http/paced.js';
import { withService } from '../http/service-process.js';
import { inTurn } from '../measure.js';
import type { Figures } from '../figures.js';
import { fieldOf } from '../simulate/http-call.js';

const USERS = 100;
const PER_SECOND = 200;
/** The slices of one round. */
const SLICES = 10;
const WORK = `${PER_SECOND} commands/s over HTTP, each followed by its user's profile`;
const SEEN = 'Read-After query, from the answer of the command';

/** The time from the answer to a command until the read model shows the command. */
export const visible: Part = {
  name: 'visible',
  about: 'from the answer of a command to the answer of the query that must show it',
  run: (context) =>
    withService('src/main.js', { DATABASE_URL: context.url, PROJECTIONS: 'on' }, async (url) => {
      const users = new HotUsers(url, await registerUsers(url, USERS), context.stop);
      return inTurn(context, { work: WORK, unit: 'commands/s' }, { [SEEN]: () => see(context, url, users) });
    }),
  claims: [
    { work: WORK, of: SEEN, figure: 'p50', atMost: 15 },
    { work: WORK, of: SEEN, figure: 'p99', atMost: 60 },
  ],
};

function see(context: PartContext, url: string, users: HotUsers): Promise<Figures> {
  const isOver = (elapsedMs: number) => elapsedMs >= SLICES * context.sliceMs;
  return paced(context, { perSecond: PER_SECOND, isOver }, async (nth) => {
    const position = await users.change(nth);
    const answered = performance.now();
    const profile = await readProfile(url, users.of(nth), position, context.stop);
    const latency = performance.now() - answered;
    if (!hasGenre(profile, nth))
      throw new Error(`A profile that was read after ${position} does not show it.`);
    return latency;
  });
}

/** Or a later position: calls do not wait for each other. */
function hasGenre(profile: unknown, nth: number): boolean {
  const preferences = fieldOf(profile, 'preferences');
  const shown = Array.isArray(preferences) ? /^genre (\d+)$/.exec(String(preferences[1])) : null;
  return shown !== null && Number(shown[1]) >= nth;
}
