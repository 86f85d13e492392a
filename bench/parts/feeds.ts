import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PartContext, Part } from '../part.js';
import type { HttpLoad, HttpLoadResult } from '../http/http-load.js';
import { registerUsers } from '../http/hot-users.js';
import { withProcess, withService } from '../http/service-process.js';
import { inTurn } from '../measure.js';
import type { Figures } from '../figures.js';

const run = promisify(execFile);
const HTTP_LOAD = join(import.meta.dirname, '../http/http-load.js');

const FEEDS = 1_000;
/** The users whom the commands change: a tenth of those who follow a feed. */
const HOT_USERS = 100;
const CONNECTIONS = 32;
const WORK = `new preferences of ${HOT_USERS} users, ${CONNECTIONS} connections`;
const NONE = 'no feed';
const OPEN = `${FEEDS} open feeds`;

/** The cost of open feeds for the commands of the process. Both contenders work on one service. */
export const feeds: Part = {
  name: 'feeds',
  about: 'commands over HTTP beside 1,000 open feeds in the same process, and beside none',
  needsPeers: true,
  run: (context) =>
    withService('src/main.js', { DATABASE_URL: context.url, PROJECTIONS: 'on' }, async (url) => {
      const followers = await registerUsers(url, FEEDS);
      const userIds = followers.slice(0, HOT_USERS);
      const load = () => sendLoad(context, { url, kind: 'preferences', userIds });
      return inTurn(
        context,
        { work: WORK, unit: 'requests/s' },
        { [NONE]: load, [OPEN]: () => withFeeds(urlsOf(url, followers), load) },
      );
    }),
  claims: [{ work: WORK, of: OPEN, against: NONE, figure: 'rate', atLeast: 0.85 }],
};

/** Every other follower follows its profile, and the others their streams. */
const urlsOf = (url: string, userIds: readonly string[]): string[] =>
  userIds.map((userId, index) =>
    index % 2 === 0 ? `${url}/users/${userId}/profile` : `${url}/events/feed?stream=user-${userId}`,
  );

function withFeeds<Result>(urls: readonly string[], work: () => Promise<Result>): Promise<Result> {
  const script = 'bench/http/open-feeds.js';
  return withProcess({ script, args: [JSON.stringify(urls)], environment: {}, ready: /^Ready/m }, work);
}

async function sendLoad(
  { sliceMs, stop }: PartContext,
  aim: Pick<HttpLoad, 'url' | 'kind' | 'userIds'>,
): Promise<Figures> {
  const seconds = Math.ceil(sliceMs / 1_000);
  const load: HttpLoad = { ...aim, connections: CONNECTIONS, warmUpSeconds: seconds, seconds: 3 * seconds };
  const { stdout } = await run(process.execPath, [HTTP_LOAD, JSON.stringify(load)], { signal: stop });
  const { perSecond, p50, p99 } = JSON.parse(stdout) as HttpLoadResult;
  return { rate: perSecond, p50, p99 };
}
